// npm run docs:api       the API reference of both languages, into target/api and target/doc. Ends with 1 at a warning.
//
// typedoc needs a TypeScript before 7, so it has a package of its own, docs/package.json, which is installed here.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const docs = join(root, "docs");

function run(command, args, cwd, env = {}) {
  const { status } = spawnSync(command, args, { cwd, stdio: ["ignore", 2, 2], env: { ...process.env, ...env } });
  if (status !== 0) {
    console.error(`failed: ${command} ${args.join(" ")}`);
    process.exit(1);
  }
}

run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], docs);
run("node", [join(docs, "node_modules/typedoc/bin/typedoc"), "--options", join(docs, "typedoc.json")], root);
const packages = ["ferrule-sdk", "ferrule-macros", "ferrule-runtime", "ferrule-ring"].flatMap((name) => ["-p", name]);
run("cargo", ["doc", "--no-deps", "--locked", ...packages], root, { RUSTDOCFLAGS: "-D warnings" });
console.log("target/api/index.html and target/doc/ferrule/index.html");
