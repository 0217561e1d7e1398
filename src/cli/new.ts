/** `ferrule new`: writes a project, and installs what it needs. */
import { spawnSync } from "node:child_process";
import { relative } from "node:path";
import { scaffold } from "../builder/scaffold.ts";
import { stderr, stdout } from "./output.ts";
import { reportError } from "./report.ts";

export interface NewOptions {
  readonly dir?: string;
  /** False leaves `npm install` to the user. */
  readonly install?: boolean;
}

/** Writes the project. Resolves with the exit code: 1 also when npm could not install. */
export async function newProject(name: string, options: NewOptions): Promise<number> {
  try {
    const { folder, files } = scaffold(name, options.dir);
    const where = relative(process.cwd(), folder) || ".";
    stdout.write(`${where}:\n${files.map((file) => `  ${file}\n`).join("")}`);
    if (options.install !== false && !install(folder)) {
      stderr.write(`Error: npm install failed: what it says stands above; run it again in ${where}\n`, true);
      return 1;
    }
    const steps = [...(where === "." ? [] : [`cd ${where}`]), ...(options.install === false ? ["npm install"] : [])];
    stdout.write(`next: ${[...steps, "npm test", "npm start"].join(" && ")}\n`);
    return 0;
  } catch (error) {
    reportError(error);
    return 1;
  }
}

function install(folder: string): boolean {
  const args = ["install", "--no-audit", "--no-fund", "--loglevel=error", "--prefer-offline"];
  // What npm prints is no output of this command.
  return spawnSync("npm", args, { cwd: folder, stdio: ["ignore", 2, 2] }).status === 0;
}
