/** Area `ids`: names of components and pipelines, stability levels, instances. */
import {
  ComponentId,
  FerruleError,
  InstanceId,
  PipelineId,
  parseStability,
  parseType,
  stabilitySentence,
} from "../../dist/index.js";

export function runCase(input) {
  try {
    return KINDS[input.kind](input);
  } catch (error) {
    if (error instanceof FerruleError) return { error: error.message };
    throw error;
  }
}

const KINDS = {
  component_id: ({ text }) => describe(ComponentId.parse(text)),
  type: ({ text }) => ({ type: parseType(text) }),
  pipeline_id: ({ text }) => {
    const id = PipelineId.parse(text);
    return { signal: id.signal, name: id.name, string: id.toString() };
  },
  new_id: ({ text, name }) => {
    const id = new ComponentId(text, name);
    const again = runCase({ kind: "component_id", text: id.toString() });
    return { ...describe(id), ...(again.error === undefined ? {} : { reparse_error: again.error }) };
  },
  stability: ({ text }) => {
    const level = parseStability(text);
    return { string: level, log_message: stabilitySentence(level) };
  },
  instance: ({ text, component_kind, pipelines = [] }) => {
    const kind = component_kind[0].toUpperCase() + component_kind.slice(1);
    const ids = pipelines.map((pipeline) => PipelineId.parse(pipeline));
    const instance = new InstanceId(ComponentId.parse(text), kind, ids);
    return {
      id: instance.id.toString(),
      kind: instance.kind,
      pipelines: instance.pipelines.map(String),
      equal_to_reordered: instance.equals(new InstanceId(instance.id, kind, [...ids].reverse())),
    };
  },
};

function describe(id) {
  return { type: id.type, name: id.name, string: id.toString() };
}
