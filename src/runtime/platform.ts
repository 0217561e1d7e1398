/**
 * Where ferrule runs: checked before anything native is loaded, so that the answer is a sentence and not a loader's.
 */
import { LibraryError } from "../core/errors.ts";

/** What a machine is, in Node's words. */
export interface Platform {
  readonly platform: string;
  readonly arch: string;
  readonly libc: "glibc" | "musl" | "unknown";
}

/** This machine. */
export function thisPlatform(): Platform {
  const { platform, arch } = process;
  if (platform !== "linux") return { platform, arch, libc: "unknown" };
  return { platform, arch, libc: glibcVersion() === undefined ? "musl" : "glibc" };
}

/** Version of the C library that this process runs on, like `2.31`; undefined when it is another one than glibc. */
export function glibcVersion(): string | undefined {
  // Without the network part the report takes a millisecond; with it, it may ask name servers.
  const report = process.report as NodeJS.ProcessReport & { excludeNetwork?: boolean };
  const before = report.excludeNetwork;
  report.excludeNetwork = true;
  try {
    const { header } = report.getReport() as { header?: { glibcVersionRuntime?: string } };
    return header?.glibcVersionRuntime;
  } finally {
    report.excludeNetwork = before ?? false;
  }
}

/** @throws {LibraryError} `UNSUPPORTED_PLATFORM`, saying what was found and what is supported */
export function checkPlatform(found: Platform = thisPlatform()): void {
  if (found.platform === "linux" && found.arch === "x64" && found.libc === "glibc") return;
  const libc = found.libc === "unknown" ? "" : ` (${found.libc})`;
  throw new LibraryError(
    "UNSUPPORTED_PLATFORM",
    `ferrule does not run on ${found.platform} ${found.arch}${libc}; it supports linux x64 (glibc)`,
  );
}
