/** Area `status`: moves on one reporter. */
import { ComponentId, InstanceId, StatusReporter, silentLogger } from "../../dist/index.js";

const ERRORS = ["RecoverableError", "PermanentError", "FatalError"];

export function runCase({ ops }) {
  const accepted = [];
  const rejected = [];
  let op = 0;
  const listener = ({ id, status, error }) => {
    const why = error === undefined ? {} : { error: error.message };
    accepted.push({ op, id: id.toString(), status, is_error: ERRORS.includes(status), ...why });
  };
  const reporter = new StatusReporter({ logger: silentLogger, listeners: [listener] });
  for (const [index, [text, status, error]] of ops.entries()) {
    op = index;
    const instance = new InstanceId(ComponentId.parse(text), "Extension");
    try {
      if (status === "ok_if_starting") reporter.okIfStarting(instance);
      else reporter.report(instance, status, error === undefined ? undefined : new Error(error));
    } catch (thrown) {
      rejected.push({ op, error: thrown.message });
    }
  }
  return { accepted, rejected };
}
