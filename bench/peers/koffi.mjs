// koffi, as its documentation shows it. The function is libc's own, which does as little as one can and answers what it
// got. Import this before any library is loaded: pools can only be asked for before that.
import koffi from "koffi";

// As many pools, and as many calls at once, as `.async` can make use of.
koffi.config({ resident_async_pools: 32, max_async_calls: 1_024 });

export function openKoffi() {
  const absolute = koffi.load("libc.so.6").func("int labs(int number)");
  const accept = (number, answer) => answer === number;
  return [
    { name: "koffi sync", isSync: true, call: (number) => absolute(number), accept },
    {
      name: "koffi .async",
      call: (number) =>
        new Promise((resolve, reject) =>
          absolute.async(number, (error, result) => (error ? reject(error) : resolve(result))),
        ),
      accept,
    },
  ];
}
