// Charts of a record, as SVG. vega draws without a browser, and the same record gives the same bytes.
import { parse, View } from "vega";
import { compile } from "vega-lite";

const WIDTH = 640;
const CONFIG = {
  background: "white",
  font: "sans-serif",
  axis: { labelFontSize: 12, titleFontSize: 12 },
  legend: { labelFontSize: 12, labelLimit: 240 },
  title: { fontSize: 14, anchor: "start" },
};

/** @returns `title`, `file` and `svg` of each chart that the record has values for */
export async function chartsOf({ results }) {
  const found = [];
  for (const { title, file, values, spec } of [rates(results), cpu(results), echoes(results), latencies(results)]) {
    if (values.length === 0) continue;
    const full = {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json",
      data: { values },
      config: CONFIG,
      ...spec,
    };
    const view = new View(parse(compile(full).spec), { renderer: "none" });
    found.push({ title, file, svg: `${await view.toSVG()}\n` });
  }
  return found;
}

/** Ticks of a logarithmic axis. */
const DECADES = { format: "~s", values: [1e2, 1e3, 1e4, 1e5, 1e6, 1e7] };

const isAsync = ({ role }) => role !== "sync";

/** Calls without payload, over how many are in flight. */
function rates(results) {
  const values = results
    .filter((result) => result.workload === "no payload" && isAsync(result) && result.ns !== undefined)
    .map(({ peer, inFlight, ns }) => ({ peer, inFlight, rate: 1e9 / ns }));
  const spec = {
    width: WIDTH,
    height: 380,
    mark: { type: "line", point: true },
    encoding: {
      x: { field: "inFlight", type: "quantitative", scale: { type: "log", base: 2 }, title: "calls in flight" },
      y: {
        field: "rate",
        type: "quantitative",
        scale: { type: "log" },
        axis: DECADES,
        title: "calls per second",
      },
      color: peerColor(values),
    },
  };
  return { title: "Calls for each second, by calls in flight", file: "rates.svg", values, spec };
}

/** CPU of every thread and of the peer's server, for one call. */
function cpu(results) {
  const values = results
    .filter((result) => result.workload === "no payload" && result.inFlight === 512 && isAsync(result))
    .map(({ peer, cpu: used }) => ({ peer, cpu: used }));
  return { title: "CPU of a call, 512 in flight", file: "cpu.svg", values, spec: bars("cpu", "CPU us for each call") };
}

/** Echoes, over the size of the payload. */
function echoes(results) {
  const values = results
    .filter(({ workload, inFlight }) => workload.startsWith("echo ") && inFlight === 64)
    .map(({ workload, peer, ns }) => ({ peer, size: workload.slice("echo ".length), rate: 1e9 / ns }));
  const sizes = [...new Set(values.map(({ size }) => size))];
  const spec = {
    width: WIDTH,
    height: 380,
    mark: { type: "line", point: true },
    encoding: {
      x: { field: "size", type: "ordinal", sort: sizes, title: "payload", axis: { labelAngle: 0 } },
      y: {
        field: "rate",
        type: "quantitative",
        scale: { type: "log" },
        axis: DECADES,
        title: "echoes per second",
      },
      color: peerColor(values),
    },
  };
  return { title: "Echoes for each second, 64 in flight", file: "echoes.svg", values, spec };
}

/** One call at a time. */
function latencies(results) {
  const values = results
    .filter((result) => result.workload === "one at a time, idle machine" && isAsync(result))
    .map(({ peer, p50 }) => ({ peer, p50 }));
  return { title: "One call at a time: p50", file: "latency.svg", values, spec: bars("p50", "us") };
}

function bars(field, title) {
  return {
    width: WIDTH,
    height: { step: 24 },
    mark: "bar",
    encoding: {
      x: {
        field,
        type: "quantitative",
        // Logarithmic, and yet from 0: a bar has to begin somewhere.
        scale: { type: "symlog", constant: 0.1 },
        axis: { format: "~g", values: [0, 0.1, 1, 10, 100, 1_000] },
        title,
      },
      y: { field: "peer", type: "nominal", sort: { field }, title: null },
      color: { condition: { test: "datum.peer === 'ferrule'", value: "#d95f02" }, value: "#7f9bb3" },
    },
  };
}

function peerColor(values) {
  const domain = [...new Set(values.map(({ peer }) => peer))];
  const range = domain.map((_, index) => PALETTE[index % PALETTE.length]);
  return { field: "peer", type: "nominal", sort: null, scale: { domain, range }, title: null };
}

const PALETTE = [
  "#d95f02",
  "#999999",
  "#1b9e77",
  "#7570b3",
  "#e7298a",
  "#66a61e",
  "#a6761d",
  "#1f78b4",
  "#b2182b",
  "#6a3d9a",
  "#444444",
  "#e6ab02",
];
