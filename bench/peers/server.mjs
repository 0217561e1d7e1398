// Starts the server of the socket and gRPC peers: one process for each.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("dist/peer-server", import.meta.url));

/** @param kind `socket` or `grpc` */
export async function startServer(kind) {
  const directory = mkdtempSync(join(tmpdir(), "ferrule-bench-"));
  const path = join(directory, "socket");
  const child = spawn(program, [kind, path], { stdio: ["pipe", "pipe", "inherit"] });
  await new Promise((resolve, reject) => {
    child.stdout.once("data", resolve);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the ${kind} server ended with code ${code}`)));
  });
  const close = () => {
    process.off("exit", close);
    child.removeAllListeners("exit");
    child.stdin.end();
    child.kill();
    rmSync(directory, { recursive: true, force: true });
  };
  // A wrong answer ends the run where it stands.
  process.on("exit", close);
  return { path, process: child.pid, close };
}
