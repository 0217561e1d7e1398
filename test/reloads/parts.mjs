// The components of the services that are reloaded, and their two configurations.
import { ComponentId, Duration, Opaque } from "../../dist/index.js";

/** What one service writes down of its components. */
export class Diary {
  events = [];
  /** Items that the exporters took. */
  exported = 0;

  write(event) {
    this.events.push(event);
  }

  /** What was written since the last time. */
  take() {
    return this.events.splice(0);
  }
}

/** Factories that write into a diary. */
export function partsOf(diary) {
  const life = (name, more = {}) => ({
    start: async () => diary.write(`start ${name}`),
    shutdown: async () => diary.write(`stop ${name}`),
    ...more,
  });
  const extension = {
    type: "scripted",
    stability: "Stable",
    createDefaultConfig: () => ({ needs: [], secret: new Opaque(""), wait: Duration.parse("1s"), labels: {} }),
    dependencies: ({ needs }) => needs.map((id) => ComponentId.parse(id)),
    create: ({ id, reportStatus }, config) => {
      diary.write(`create ${id} ${JSON.stringify(config)}`);
      return life(id, {
        configResolved: async (_, { effective }) => diary.write(`config ${id} ${JSON.stringify(effective)}`),
        ready: async () => {
          diary.write(`ready ${id}`);
          reportStatus("RecoverableError", new Error("warming up"));
          reportStatus("OK");
        },
        notReady: async () => diary.write(`notready ${id}`),
        // What a component holds on to is to go with it.
        ballast: new Uint8Array(2_000),
      });
    },
  };
  const receivers = [
    {
      type: "ticking",
      stability: { traces: "Stable" },
      createDefaultConfig: () => ({ items: 3 }),
      create: ({ id }, { items }, _signal, next) =>
        life(id, {
          start: async () => {
            diary.write(`start ${id}`);
            for (let item = 0; item < items; item++) await next.consume({}, { resourceSpans: [] });
          },
        }),
    },
  ];
  const exporters = [
    {
      type: "counting",
      stability: { traces: "Stable" },
      createDefaultConfig: () => ({}),
      create: ({ id }) =>
        life(id, {
          mutatesData: false,
          consume: async () => {
            diary.exported++;
          },
        }),
    },
  ];
  return { factories: [extension], receivers, exporters };
}

/** The two configurations, as they would stand in a file. */
export const CONFIGS = [
  `extensions:
  misbehaving/one: {journal: one, needs: [scripted/a]}
  misbehaving/two: {journal: two, depends_on: [misbehaving/one]}
  echo/steady:
  scripted/a: {secret: first, labels: {x: "1"}}
  scripted/b: {needs: [misbehaving/two], wait: 5s}
receivers: {ticking: {items: 5}}
exporters: {counting: }
service:
  extensions: [scripted/b, misbehaving/two, misbehaving/one, scripted/a, echo/steady]
  pipelines: {traces: {receivers: [ticking], exporters: [counting]}}
`,
  `extensions:
  misbehaving/one: {journal: one}
  echo/steady:
  echo/more:
  scripted/a: {secret: second, needs: [misbehaving/one, echo/more]}
  scripted/c:
receivers: {ticking/other: {items: 2}}
exporters: {counting/x: , counting/y: }
service:
  extensions: [scripted/c, scripted/a, echo/steady, echo/more, misbehaving/one]
  pipelines: {traces/other: {receivers: [ticking/other], exporters: [counting/y, counting/x]}}
`,
];
