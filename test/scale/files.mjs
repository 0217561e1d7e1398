/** Configurations of any size, with what real ones have: references, paths, dependencies, shared components. */

/** `count` extensions of Rust, of which each depends on the one before. */
export function extensionsFile(count) {
  const ids = Array.from({ length: count }, (_, index) => `rust_sample/number_${index}`);
  const sections = ids.map((id, index) => {
    const after = index === 0 ? "" : `\n    depends_on: [${ids[index - 1]}]`;
    return `  ${id}:\n    endpoint: "http://\${env:HOST:-localhost}:${1_000 + index}/"\n    timeout_ms: ${index + 1}${after}\n`;
  });
  return `extensions:\n${sections.join("")}service:\n  extensions: [${ids.join(", ")}]\n`;
}

/** `count` components of all kinds, of which every four make a pipeline; half of the exporters are shared. */
export function pipelinesFile(count) {
  const pipelines = Math.max(1, Math.floor(count / 4));
  const of = (type, length) => Array.from({ length }, (_, index) => `${type}/number_${index}`);
  const section = (name, ids) => {
    const entries = ids.map((id, index) => `  ${id}: {text: "\${env:TEXT:-some}", number: ${index}}\n`);
    return `${name}:\n${entries.join("")}`;
  };
  const [receivers, processors, exporters] = [of("rx", pipelines), of("px", pipelines), of("ex", pipelines)];
  const extensions = of("alpha", Math.max(1, count - 3 * pipelines));
  const lists = receivers.map((receiver, index) => {
    const shared = exporters[index >> 1];
    const own = exporters[index];
    const listed = shared === own ? own : `${own}, ${shared}`;
    return `    traces/${index}: {receivers: [${receiver}], processors: [${processors[index]}], exporters: [${listed}]}\n`;
  });
  return [
    section("receivers", receivers),
    section("processors", processors),
    section("exporters", exporters),
    section("extensions", extensions),
    `service:\n  extensions: [${extensions.join(", ")}]\n  pipelines:\n${lists.join("")}`,
  ].join("");
}
