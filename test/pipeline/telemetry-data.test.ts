import { describe, expect, test } from "vitest";
import { cloneData, isReadOnly, markReadOnly } from "../../dist/pipeline/telemetry-data.js";

describe("cloneData", () => {
  test("copies bytes, and a buffer's bytes too", () => {
    for (const bytes of [new Uint8Array([1, 2, 3]), Buffer.from([1, 2, 3])]) {
      const copy = cloneData(bytes) as Uint8Array;
      copy[0] = 9;
      expect([...bytes]).toEqual([1, 2, 3]);
      expect([...copy]).toEqual([9, 2, 3]);
      expect(copy.constructor).toBe(bytes.constructor);
    }
  });

  test("copies objects at every depth, and what was frozen may be changed in the copy", () => {
    const data = { spans: [{ name: "a", id: new Uint8Array([1]) }] };
    markReadOnly(data);
    const copy = cloneData(data) as typeof data;
    copy.spans[0]!.name = "b";
    copy.spans[0]!.id[0] = 7;
    expect(data).toEqual({ spans: [{ name: "a", id: new Uint8Array([1]) }] });
    expect(isReadOnly(copy)).toBe(false);
  });

  test("asks data that has a clone of its own", () => {
    class Batch {
      #size = 3;
      clone(): Batch {
        return new Batch();
      }
      get size(): number {
        return this.#size;
      }
    }
    const copy = cloneData(new Batch());
    expect((copy as Batch).size).toBe(3);
  });

  test("says what to do with data that cannot be copied", () => {
    const refused = /^the data cannot be copied for a consumer that changes it: .*; give it a method clone$/;
    expect(() => cloneData({ resolve: () => undefined })).toThrow(refused);
  });
});

describe("markReadOnly", () => {
  test("freezes plain objects at every depth, also where they form a loop", () => {
    const data: { spans: { name: string }[]; self?: unknown } = { spans: [{ name: "a" }] };
    data.self = data;
    markReadOnly(data);
    expect(() => {
      data.spans[0]!.name = "b";
    }).toThrow("Cannot assign to read only property 'name'");
    expect(() => data.spans.push({ name: "c" })).toThrow("object is not extensible");
    expect(isReadOnly(data)).toBe(true);
  });

  test("leaves bytes and objects of classes as they are, and remembers them", () => {
    class Batch {
      size = 1;
    }
    const inner = new Batch();
    const data = { inner, bytes: new Uint8Array([1]) };
    markReadOnly(data);
    inner.size = 2;
    data.bytes[0] = 2;
    expect(inner.size).toBe(2);
    const bytes = new Uint8Array([1]);
    markReadOnly(bytes);
    expect(isReadOnly(bytes)).toBe(true);
    expect(isReadOnly(new Uint8Array([1]))).toBe(false);
  });

  test("tells data that wants to know, once", () => {
    let told = 0;
    const data = {
      markReadOnly: () => {
        told++;
      },
    };
    markReadOnly(data);
    markReadOnly(data);
    expect(told).toBe(1);
    expect(Object.isFrozen(data)).toBe(false);
  });
});
