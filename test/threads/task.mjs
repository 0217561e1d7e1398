// What a thread of a pool does: it attaches once, in its first task, and calls from then on.
import { setImmediate as immediate } from "node:timers/promises";
import { workerData } from "node:worker_threads";
import { Random } from "../soak/random.mjs";
import { attached } from "./attached.mjs";
import { echo, echoMany, roundTrip } from "./checked.mjs";
import { shieldKoffi } from "./shield.mjs";

const { shared, instances, shield } = workerData;
// Not while the module loads: piscina requires it, which is over when what runs next does.
const loaded = immediate().then(() => shieldKoffi(shield));
let lane;

export default async ({ seed, number, hang, own }) => {
  await loaded;
  const random = new Random(seed).at(4, number);
  lane ??= attached(shared);
  const mine = own ? await attached(shared) : await lane;
  const [echoes, misbehaving] = instances.map((each) => mine.extension(each));
  await Promise.all([
    ...Array.from({ length: 50 }, () => echo(random, echoes, random.below(5_000))),
    ...Array.from({ length: 10 }, () => roundTrip(random, misbehaving)),
    echoMany(random, echoes, random.below(100)),
    misbehaving.call("sleep", random.below(4)),
    ...(random.oneIn(5) ? [echo(random, echoes, 1_000_000)] : []),
    ...(hang ? [misbehaving.call("act", "hang")] : []),
  ]);
  if (own) await mine.close();
  return number;
};
