/** `ferrule doctor`: whether this machine and this library can do what ferrule needs, and what to do where they cannot. */
import { existsSync, readFileSync } from "node:fs";
import { release } from "node:os";
import { messageOf } from "../core/errors.ts";
import { checkPlatform, thisPlatform } from "../runtime/platform.ts";
import type { Distribution } from "./distribution.ts";
import { stdout } from "./output.ts";
import { printableLine } from "./printable.ts";
import { withExtensions } from "./with-extensions.ts";

const NODE_MIN = 20;
/** The first kernel with everything that the rings and the doorbell use: `memfd_create` with seals is from 3.17. */
const KERNEL_MIN = [3, 17] as const;
/** A runtime opens a few files for each lane; the rest is for the service. */
const FILES_MIN = 256;

interface Finding {
  readonly what: string;
  readonly found: string;
  /** What to do; absent when all is well. */
  readonly remedy?: string;
}

/** Checks everything, also after something that fails. Resolves with 1 when something has to be done. */
export async function doctor(distribution: Distribution, options: { readonly library?: string }): Promise<number> {
  const { command, version } = distribution.buildInfo;
  const findings = [node(), platform(), kernel(), files(), await library(distribution, options)];
  stdout.write(`${command} ${version}\n${findings.map(line).join("")}`);
  return findings.some(({ remedy }) => remedy !== undefined) ? 1 : 0;
}

function line({ what, found, remedy }: Finding): string {
  const mark = remedy === undefined ? "ok  " : "FAIL";
  return `${mark} ${what}: ${printableLine(found)}\n${remedy === undefined ? "" : `     ${printableLine(remedy)}\n`}`;
}

function node(): Finding {
  const found = process.versions.node;
  const fits = Number.parseInt(found, 10) >= NODE_MIN;
  return { what: "Node.js", found, ...(fits ? {} : { remedy: `install Node.js ${NODE_MIN} or newer` }) };
}

function platform(): Finding {
  const { platform: system, arch, libc } = thisPlatform();
  const what = { what: "platform", found: `${system} ${arch} (${libc})` };
  try {
    checkPlatform();
    return what;
  } catch (error) {
    return { ...what, remedy: messageOf(error) };
  }
}

function kernel(): Finding {
  const found = release();
  const [major = 0, minor = 0] = found.split(".").map((part) => Number.parseInt(part, 10));
  const fits = major > KERNEL_MIN[0] || (major === KERNEL_MIN[0] && minor >= KERNEL_MIN[1]);
  const remedy = `use Linux ${KERNEL_MIN.join(".")} or newer: the shared memory needs memfd_create and its seals`;
  return { what: "kernel", found, ...(fits ? {} : { remedy }) };
}

function files(): Finding {
  const limits = existsSync("/proc/self/limits") ? readFileSync("/proc/self/limits", "utf8") : "";
  const found = /^Max open files\s+(\S+)/m.exec(limits)?.[1] ?? "unknown";
  const fits = found === "unlimited" || found === "unknown" || Number(found) >= FILES_MIN;
  const remedy = `raise the limit of open files to ${FILES_MIN} or more: ulimit -n ${FILES_MIN}`;
  return { what: "open files", found, ...(fits ? {} : { remedy }) };
}

/** Opening a library compares its ABI version and the layout of its rings with this package's. */
async function library(distribution: Distribution, options: { readonly library?: string }): Promise<Finding> {
  const what = "library, ABI and layout";
  if (distribution.library === false && options.library === undefined) return { what, found: "none is needed" };
  const path = options.library ?? (distribution.library || "bundled");
  try {
    const types = await withExtensions({ ...distribution, factories: [] }, options, (all) =>
      all.map(({ type }) => type),
    );
    return { what, found: `${path}, with ${types.join(", ")}` };
  } catch (error) {
    const remedy = `${messageOf(error)}; build the library with this version of ferrule, or name another by --library`;
    return { what, found: path, remedy };
  }
}
