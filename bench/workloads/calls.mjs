// Calls without a payload, and echoes of bytes, with more or fewer of them in flight.
import { driverOf, leadOf, measure, sampleOf } from "../harness/sample.mjs";

export const WINDOWS = [1, 16, 64, 512, 1_024];
export const SIZES = { "64 B": 64, "1 KiB": 1_024, "64 KiB": 65_536, "1 MiB": 1_048_576 };
/** No more bytes than this are in flight in one direction. */
const IN_FLIGHT_BYTES_MAX = 64 * 1_048_576;
/** Milliseconds of a sample. */
const TARGET = 100;

/** A line that measures `target` milliseconds of calls. It learns how many those are from the sample before. */
export function callsLine(peer, workload, inFlight, details = {}) {
  let rate = 0;
  const run = async ({ isQuick, isWarmup }) => {
    const least = Math.max(inFlight * 2, 32);
    const wanted = isQuick || rate === 0 ? least : Math.max(least, Math.round(rate * (isWarmup ? TARGET / 3 : TARGET)));
    const { inFlight: drive, inSequence } = await driverOf({ ...peer, workload: `${workload}/${inFlight}` });
    const go = async (total) => {
      const measured = await measure(
        () => (peer.isSync ? inSequence(peer, total) : drive(peer, inFlight, total)),
        peer.process,
      );
      rate = total / measured.wall;
      return sampleOf(measured, total);
    };
    if (isQuick) return go(wanted);
    if (!isWarmup) {
      const lead = leadOf(rate, inFlight);
      if (lead > 0) await go(lead);
      return go(wanted);
    }
    // Two steps: the first call of all is slow, and says nothing about the rate.
    await go(least);
    await go(Math.max(least, Math.round(rate * 10)));
    return go(Math.max(least, Math.round(rate * (TARGET / 3))));
  };
  return { workload, peer: peer.name, inFlight, isBase: peer.name === "ferrule", role: roleOf(peer), run, ...details };
}

export const roleOf = ({ isFloor, isSync, isFerrule }) =>
  isFerrule ? "ferrule" : isFloor ? "floor" : isSync ? "sync" : "peer";

/** The lines without a payload. */
export function noPayloadLines(peers) {
  return WINDOWS.flatMap((inFlight) =>
    peers.filter(({ isSync }) => !isSync || inFlight === 1).map((peer) => callsLine(peer, "no payload", inFlight)),
  );
}

/**
 * The lines that echo. Each place in flight has a payload of its own, which carries the call's number.
 *
 * @param sizes names of `SIZES`
 */
export function echoLines(peers, sizes) {
  return sizes.flatMap((name) =>
    WINDOWS.filter((inFlight) => inFlight * SIZES[name] <= IN_FLIGHT_BYTES_MAX).flatMap((inFlight) =>
      peers
        .filter(({ echo, isSync }) => echo !== undefined && (!isSync || inFlight === 1))
        .map((peer) => callsLine(echoing(peer, SIZES[name]), `echo ${name}`, inFlight)),
    ),
  );
}

/** A peer that echoes bytes of this size: the call's number stands at their beginning and at their end. */
function echoing(peer, size) {
  const last = size - 4;
  const payloads = [];
  const call = (number, place) => {
    payloads[place] ??= new Uint8Array(size);
    const payload = payloads[place];
    writeUint32(payload, 0, number);
    writeUint32(payload, last, number);
    return peer.echo(payload, place);
  };
  const accept = (number, answer) =>
    answer.length === size && readUint32(answer, 0) === number && readUint32(answer, last) === number;
  return { ...peer, call, accept };
}

function writeUint32(bytes, at, number) {
  bytes[at] = number;
  bytes[at + 1] = number >>> 8;
  bytes[at + 2] = number >>> 16;
  bytes[at + 3] = number >>> 24;
}

function readUint32(bytes, at) {
  return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
}
