/*
 * Falling asleep and being woken, both ways at once: TypeScript and Rust each publish to the other and each sleep.
 * `npm run spin` checks it; docs/ordering.md says what follows from it, and what does not.
 *
 * The code that it follows: ring/src/doorbell.rs and cancel.rs, src/ring/doorbell.ts and cancel.ts, publish() and
 * has_reason() in runtime/src/lane/mod.rs, sleep() in runtime/src/drain/mod.rs, src/runtime/waiter.ts, and callSync() in
 * src/runtime/engine.ts.
 *
 * MEMORY. A store waits in its thread's buffer, first in, first out, until the processor gets round to it, while the
 * thread's later loads go ahead: x86. A fence waits until the buffer is empty. A swap or a fetch-or is one step on
 * memory, after the thread's earlier stores; without a fence, loads that come after it may still be carried out
 * before it, as on ARM: x86 would forgive that. `Atomics` in TypeScript are sequentially consistent: each store there
 * has its fence.
 *
 * LOAD. Up to three requests. 0 and 1 have a payload in the byte ring, and so have their results; each byte ring holds
 * one record, so that 1 waits for space on its way in, and again on its way out. 0 is answered at once, or not before
 * 1 was taken. 1 may be synchronous: then TypeScript blocks in a foreign call that has a bound, and is woken there, not
 * by its socket. The bound may end one wait, at any time; a second wait never ends by it, so that a lost wake-up shows.
 * 2 is inline and runs until it is cancelled. One event comes from another thread of Rust. The user's code acts
 * whenever it likes: while TypeScript looks, and while it is asleep. One -D says which are there:
 *
 *   SPACE        0 and 1, and the event
 *   SYNCHRONOUS  the same, and 1 is synchronous
 *   CANCEL       0 and 2, and the event
 *   ALL          everything at once: safety alone, since liveness would take more than four gigabytes
 *
 * PROPERTIES. No state in which nobody can move is reached before everything is answered and heard, whoever waits for
 * whom: SPIN's invalid end states. A ring is covered by an announcement of sleep, and an announcement by at most one
 * ring: the assertions on `owed`. An event is there before the completion that names it: the assertion in drain().
 * Every run comes to its end, and then Rust sleeps: `ltl answered`, with weak fairness.
 *
 * MUTANTS. Each is a -D, and must be found with the load under which it stands:
 *
 *  SPACE
 *   NO_FENCE_TYPESCRIPT_PUBLISH    TypeScript publishes a tail by a plain store
 *   NO_FENCE_TYPESCRIPT_FREE       TypeScript frees bytes by a plain store
 *   NO_FENCE_TYPESCRIPT_SLEEP      TypeScript's last look overtakes its announcement
 *   NO_FENCE_RUST_PUBLISH          Rust looks at "parked" without a fence after publishing
 *   NO_FENCE_RUST_FREE             Rust looks at "parked" without a fence after freeing
 *   NO_FENCE_RUST_SLEEP            Rust's last look overtakes its announcement
 *   STORE_AND_NO_FENCE             Rust announces its sleep by a store, with no fence behind it: lost on x86 as well
 *   CLAIM_BY_STORE_TYPESCRIPT      TypeScript clears "parked" by a store in place of the swap
 *   CLAIM_BY_STORE_RUST            Rust clears "parked" by a store in place of the swap
 *   LOOK_THEN_PUBLISH              Rust publishes after it looked at "parked"
 *   NO_LAST_LOOK_TYPESCRIPT        TypeScript sleeps without looking again
 *   NO_LAST_LOOK_RUST              Rust sleeps without looking again
 *   LOOK_WITHOUT_EVENTS            TypeScript's last look leaves out events
 *   LOOK_WITHOUT_SPACE_TYPESCRIPT  TypeScript's last look leaves out the space that it is short of
 *   LOOK_WITHOUT_SPACE_RUST        Rust's last look leaves out the space that it is short of
 *   FREE_RINGS_NOBODY_TYPESCRIPT   bytes that TypeScript frees ring nobody
 *   FREE_RINGS_NOBODY_RUST         bytes that Rust frees ring nobody
 *   SHORT_BUT_ASLEEP_TYPESCRIPT    TypeScript, short of space, parks as if it were not
 *   SHORT_BUT_ASLEEP_RUST          Rust, short of space, parks as if it were not
 *   PUBLISH_SPARES_FOR_SPACE       what Rust publishes does not ring who is short of space
 *   EVENTS_AFTER_COMPLETIONS       completions are published before the events that they name
 *
 *  SYNCHRONOUS
 *   FREE_SPARES_SYNC               bytes that Rust frees do not ring a synchronous waiter
 *   SYNC_BY_SOCKET                 a synchronous waiter is rung by the socket
 *   CHANNEL_BY_LOOK                who is rung how is decided by what the look found, not by what the swap found
 *   SYNC_RING_UNREMEMBERED         a ring before the synchronous waiter is inside its call goes nowhere
 *   SYNC_ONLY_AT_BOUND             nothing rings a synchronous waiter: it wakes by its bound alone
 *   SYNC_FORGETS_SLEEP             after a synchronous call TypeScript takes its old announcement for still good
 *
 *  CANCEL
 *   NO_FENCE_CANCEL                the look at "parked" overtakes the cancel's summary bit
 *   LOOK_WITHOUT_CANCELS           Rust's last look leaves out the cancel summary
 *   CANCEL_BY_SUMMARY_ONLY         the cancel word is not compared when a request is taken
 *   CANCEL_AT_TAKING_ONLY          the cancel word is not compared after the summary
 *   CANCEL_SUMMARY_FIRST           the summary bit is set before the word
 *   CANCEL_SUMMARY_KEPT            Rust does not swap the summary out, and turns for ever
 *   CANCEL_RINGS_NOBODY            a cancel rings nobody
 *   CANCEL_BEFORE_REQUEST          the request is published after its cancel, and rings nobody of its own
 */

/* Values of the parked words. */
#define AWAKE 0
#define ASLEEP 1
#define FOR_SPACE 2
#define SYNC 3

/* The shared words. */
#define REQUEST_TAIL 0
#define REQUEST_FREED 1
#define COMPLETION_TAIL 2
#define COMPLETION_FREED 3
#define EVENT_TAIL 4
#define CANCEL_WORD 5
#define CANCEL_SUMMARY 6
#define RUST_PARKED 7
#define TYPESCRIPT_PARKED 8
#define WORDS 9
byte word[WORDS];
/* Entries stand in memory before the tail that covers them does, on x86 and by release: loom and ThreadSanitizer
   prove that. Here they are memory without a buffer. */
byte request_entry[3];
byte completion_entry[3];
byte completion_event_tail[3];

chan typescript_stores = [4] of { byte, byte };
chan rust_stores = [4] of { byte, byte };

/* What rings: a socket of TypeScript's, an event of its synchronous waiter, an eventfd of Rust's, and the alarm of
   Rust's own threads. Each remembers one ring. */
bool socket, sync_event, eventfd, alarm;
/* Whether a synchronous waiter is inside its foreign call. */
bool in_call;
/* An event that another thread of Rust has queued, and that the drain has not written. */
bool queued;

/* Rings owed for announcements, for each sleeper: one for each that is out, or that somebody swapped away. */
byte typescript_owed, rust_owed;

/* Requests, as TypeScript knows them. */
#define NEW 0
#define WAITING 1
#define SENT 2
#define ANSWERED 3
bool finished;

/* The load. */
#ifdef SPACE
#define IS_PART(id) (id < 2)
#define MAY_WAIT true
#define MAY_BLOCK false
#endif
#ifdef SYNCHRONOUS
#define IS_PART(id) (id < 2)
#define MAY_WAIT false
#define MAY_BLOCK true
#endif
#ifdef CANCEL
#define IS_PART(id) (id != 1)
#define MAY_WAIT true
#define MAY_BLOCK true
#endif
#ifdef ALL
#define IS_PART(id) true
#define MAY_WAIT true
#define MAY_BLOCK true
#endif

#define EVERYTHING (state[0] == ANSWERED && state[1] == ANSWERED && state[2] == ANSWERED && heard)

/* What a mutant leaves out. */
#ifdef NO_FENCE_TYPESCRIPT_PUBLISH
#define AFTER_TYPESCRIPT_PUBLISH true
#else
#define AFTER_TYPESCRIPT_PUBLISH empty(typescript_stores)
#endif
#ifdef NO_FENCE_TYPESCRIPT_FREE
#define AFTER_TYPESCRIPT_FREE true
#else
#define AFTER_TYPESCRIPT_FREE empty(typescript_stores)
#endif
#ifdef NO_FENCE_RUST_PUBLISH
#define AFTER_RUST_PUBLISH true
#else
#define AFTER_RUST_PUBLISH empty(rust_stores)
#endif
#ifdef NO_FENCE_RUST_FREE
#define AFTER_RUST_FREE true
#else
#define AFTER_RUST_FREE empty(rust_stores)
#endif

/* The processor gets round to a buffered store. */
proctype Stores(chan stores) {
  byte at, value;
end:
  do
  :: atomic { stores ? at, value; word[at] = value; at = 0; value = 0 }
  od
}

inline store(stores, at, value) { stores ! at, value }

/* An announcement replaces one that nobody has claimed, or is a new one. */
inline announce(stores, parked, how, owed) {
  old = word[parked];
  word[parked] = how;
  if
  :: old == AWAKE -> owed++
  :: else
  fi;
  old = 0
}

inline take_back(stores, parked, owed) {
  atomic {
    empty(stores);
    if
    :: word[parked] == AWAKE
    :: else -> owed--
    fi;
    word[parked] = AWAKE
  }
}

/* TypeScript -------------------------------------------------------------------------------------------------- */

#define HAS_REQUEST_SPACE (requests_written == word[REQUEST_FREED])
#define SHORT (state[1] == WAITING)

inline ring_rust() {
  atomic { assert(rust_owed > 0); rust_owed--; eventfd = true; seen = 0 }
}

/* Steps C and D. `seen` is what the look found. */
inline claim_rust() {
#ifdef CLAIM_BY_STORE_TYPESCRIPT
  store(typescript_stores, RUST_PARKED, AWAKE);
  ring_rust()
#else
  if
  :: atomic { empty(typescript_stores) && word[RUST_PARKED] == AWAKE -> seen = 0 }
  :: atomic { empty(typescript_stores) && word[RUST_PARKED] != AWAKE -> word[RUST_PARKED] = AWAKE };
    ring_rust()
  fi
#endif
}

inline typescript_after_publish() {
  if
  :: atomic { AFTER_TYPESCRIPT_PUBLISH && word[RUST_PARKED] == AWAKE }
  :: atomic { AFTER_TYPESCRIPT_PUBLISH && word[RUST_PARKED] != AWAKE -> seen = word[RUST_PARKED] };
    claim_rust()
  fi
}

inline typescript_after_free() {
#ifdef FREE_RINGS_NOBODY_TYPESCRIPT
  skip
#else
  if
  :: atomic { AFTER_TYPESCRIPT_FREE && word[RUST_PARKED] != FOR_SPACE }
  :: atomic { AFTER_TYPESCRIPT_FREE && word[RUST_PARKED] == FOR_SPACE -> seen = FOR_SPACE };
    claim_rust()
  fi
#endif
}

inline write(id) {
  request_entry[request_tail] = id;
  request_tail++;
  requests_written = requests_written + (id < 2 -> 1 : 0);
  state[id] = SENT
}

inline send(id) {
  atomic { write(id); store(typescript_stores, REQUEST_TAIL, request_tail) };
  typescript_after_publish()
}

inline submit(id) {
  if
  :: atomic { id == 2 || HAS_REQUEST_SPACE -> write(id); store(typescript_stores, REQUEST_TAIL, request_tail) };
    typescript_after_publish()
  :: atomic { id != 2 && !HAS_REQUEST_SPACE -> state[id] = WAITING }
  fi
}

inline abort_2() {
  aborted = true;
#ifdef CANCEL_SUMMARY_FIRST
  atomic { empty(typescript_stores); word[CANCEL_SUMMARY] = 1 };
  store(typescript_stores, CANCEL_WORD, 1);
  typescript_after_publish()
#else
  store(typescript_stores, CANCEL_WORD, 1);
#ifdef NO_FENCE_CANCEL
  if
  :: atomic { empty(typescript_stores); seen = word[RUST_PARKED] };
    atomic { word[CANCEL_SUMMARY] = 1 };
    if
    :: seen == AWAKE
    :: else -> claim_rust()
    fi
  :: atomic { empty(typescript_stores); word[CANCEL_SUMMARY] = 1 };
    typescript_after_publish()
  fi
#else
  atomic { empty(typescript_stores); word[CANCEL_SUMMARY] = 1 };
#ifndef CANCEL_RINGS_NOBODY
  typescript_after_publish()
#endif
#endif
#endif
}

inline take_events() {
  if
  :: word[EVENT_TAIL] != event_head -> event_head++; heard = true
  :: else
  fi
}

/* Takes what is there, frees its bytes, and sends what waited for space. */
inline drain() {
  do
  :: atomic {
      word[COMPLETION_TAIL] != completion_head ->
      assert(word[EVENT_TAIL] >= completion_event_tail[completion_head]);
      id = completion_entry[completion_head];
      assert(state[id] == SENT);
      state[id] = ANSWERED;
      completion_freed = completion_freed + (id < 2 -> 1 : 0);
      freed = freed || id < 2;
      completion_head++;
      id = 0
    }
  :: atomic { word[COMPLETION_TAIL] == completion_head -> break }
  od;
  if
  :: atomic {
      freed -> freed = false; take_events();
      store(typescript_stores, COMPLETION_FREED, completion_freed)
    };
    typescript_after_free()
  :: atomic { !freed -> take_events() }
  fi;
  if
  :: atomic {
      SHORT && HAS_REQUEST_SPACE -> write(1);
      store(typescript_stores, REQUEST_TAIL, request_tail)
    };
    typescript_after_publish()
  :: atomic { !(SHORT && HAS_REQUEST_SPACE) }
  fi
}

/* The last look, reason by reason. */
inline typescript_looks() {
  atomic { found = word[COMPLETION_TAIL] != completion_head };
#ifndef LOOK_WITHOUT_EVENTS
  atomic { found = found || word[EVENT_TAIL] != event_head };
#endif
#ifndef LOOK_WITHOUT_SPACE_TYPESCRIPT
  atomic { found = found || (SHORT && HAS_REQUEST_SPACE) };
#endif
}

inline typescript_announces(how) {
#ifdef NO_FENCE_TYPESCRIPT_SLEEP
  if
  :: atomic {
      empty(typescript_stores) && word[TYPESCRIPT_PARKED] == AWAKE ->
      found = word[COMPLETION_TAIL] != completion_head || word[EVENT_TAIL] != event_head || (SHORT && HAS_REQUEST_SPACE)
    };
    atomic { announce(typescript_stores, TYPESCRIPT_PARKED, how, typescript_owed) }
  :: atomic { empty(typescript_stores); announce(typescript_stores, TYPESCRIPT_PARKED, how, typescript_owed) };
    typescript_looks()
  fi
#else
  atomic { empty(typescript_stores); announce(typescript_stores, TYPESCRIPT_PARKED, how, typescript_owed) };
#ifdef NO_LAST_LOOK_TYPESCRIPT
  found = false
#else
  typescript_looks()
#endif
#endif
}

active proctype TypeScript() {
  byte seen, old, id;
  byte request_tail, completion_head, event_head, completion_freed, requests_written;
  bool found, freed, heard, sync, was_asleep, bound_spent, aborted;
  byte state[3];

  atomic {
    state[1] = (IS_PART(1) -> NEW : ANSWERED);
    state[2] = (IS_PART(2) -> NEW : ANSWERED)
  };

turn:
  drain();
  if
  :: atomic { EVERYTHING -> goto done }
  :: atomic { state[0] == NEW } -> submit(0); goto turn
  :: atomic { state[0] != NEW && state[1] == NEW && MAY_WAIT } -> submit(1); goto turn
  :: atomic { state[0] != NEW && state[1] == NEW && MAY_BLOCK -> sync = true } submit(1); goto synchronous
#ifdef CANCEL_BEFORE_REQUEST
  :: atomic { state[2] == NEW } ->
    abort_2();
    atomic { write(2); store(typescript_stores, REQUEST_TAIL, request_tail) };
    goto turn
#else
  :: atomic { state[2] == NEW } -> submit(2); goto turn
#endif
  :: atomic { state[2] == SENT && !aborted } -> abort_2(); goto turn
  :: !EVERYTHING ->
    /* Polling on instead would be a turn like this one: the last look finds what it finds. */
    skip
  fi;

  if
#ifdef SHORT_BUT_ASLEEP_TYPESCRIPT
  :: true -> typescript_announces(ASLEEP)
#else
  :: SHORT -> typescript_announces(FOR_SPACE)
  :: !SHORT -> typescript_announces(ASLEEP)
#endif
  fi;
  if
  :: found -> found = false; take_back(typescript_stores, TYPESCRIPT_PARKED, typescript_owed); goto turn
  :: else
  fi;

asleep:
  if
  :: atomic { EVERYTHING -> goto done }
  :: atomic { socket -> socket = false } take_back(typescript_stores, TYPESCRIPT_PARKED, typescript_owed); goto turn
  :: atomic { state[0] == NEW } ->
    submit(0);
    take_back(typescript_stores, TYPESCRIPT_PARKED, typescript_owed);
    goto turn
  :: atomic { state[0] != NEW && state[1] == NEW && MAY_WAIT } ->
    submit(1);
    take_back(typescript_stores, TYPESCRIPT_PARKED, typescript_owed);
    goto turn
  :: atomic { state[0] != NEW && state[1] == NEW && MAY_BLOCK -> sync = true; was_asleep = true }
    submit(1);
    goto synchronous
#ifndef CANCEL_BEFORE_REQUEST
  :: atomic { state[2] == NEW } ->
    submit(2);
    take_back(typescript_stores, TYPESCRIPT_PARKED, typescript_owed);
    goto turn
#endif
  :: atomic { state[2] == SENT && !aborted } -> abort_2(); goto asleep
  fi;

synchronous:
  drain();
  if
  :: atomic { state[1] == ANSWERED -> sync = false; goto returned }
  :: else
  fi;
  typescript_announces(SYNC);
  if
  :: found -> found = false; take_back(typescript_stores, TYPESCRIPT_PARKED, typescript_owed); goto synchronous
  :: else -> in_call = true
  fi;
  if
#ifndef SYNC_ONLY_AT_BOUND
  :: atomic { sync_event -> sync_event = false; in_call = false }
#endif
  :: atomic { !bound_spent -> bound_spent = true; in_call = false };
    if
    :: true
    :: sync = false
    fi
  fi;
  take_back(typescript_stores, TYPESCRIPT_PARKED, typescript_owed);
  if
  :: sync -> goto synchronous
  :: else
  fi;
returned:
#ifdef SYNC_FORGETS_SLEEP
  if
  :: was_asleep -> was_asleep = false; goto asleep
  :: else
  fi;
#endif
  was_asleep = false;
  goto turn;

done:
  finished = true
}

/* Rust --------------------------------------------------------------------------------------------------------- */

#define HAS_COMPLETION_SPACE (completions_written == word[COMPLETION_FREED])

inline complete(id) {
  completion_entry[completion_tail] = id;
  completion_event_tail[completion_tail] = event_tail;
  completion_tail++;
  completions_written = completions_written + (id < 2 -> 1 : 0)
}

inline write_events() {
  if
  :: queued -> queued = false; event_tail++; worked = true
  :: else
  fi
}

inline ring_typescript(how) {
  atomic {
    assert(typescript_owed > 0);
    typescript_owed--;
    if
#ifndef SYNC_BY_SOCKET
    :: how == SYNC ->
#ifdef SYNC_RING_UNREMEMBERED
      sync_event = in_call
#else
      sync_event = true
#endif
    :: how != SYNC -> socket = true
#else
    :: true -> socket = true
#endif
    fi;
    seen = 0
  }
}

inline claim_typescript() {
#ifdef CLAIM_BY_STORE_RUST
  store(rust_stores, TYPESCRIPT_PARKED, AWAKE);
  ring_typescript(seen)
#else
  if
  :: atomic { empty(rust_stores) && word[TYPESCRIPT_PARKED] == AWAKE -> seen = 0 }
  :: atomic {
      empty(rust_stores) && word[TYPESCRIPT_PARKED] != AWAKE ->
#ifndef CHANNEL_BY_LOOK
      seen = word[TYPESCRIPT_PARKED];
#endif
      word[TYPESCRIPT_PARKED] = AWAKE
    };
    ring_typescript(seen)
  fi
#endif
}

inline store_heads_and_tails() {
  if
  :: request_freed != requests_freed_published ->
    requests_freed_published = request_freed;
    store(rust_stores, REQUEST_FREED, request_freed)
  :: else
  fi;
#ifdef EVENTS_AFTER_COMPLETIONS
  if
  :: completion_tail != completions_published -> store(rust_stores, COMPLETION_TAIL, completion_tail)
  :: else
  fi;
#endif
  if
  :: event_tail != events_published -> store(rust_stores, EVENT_TAIL, event_tail)
  :: else
  fi;
#ifndef EVENTS_AFTER_COMPLETIONS
  if
  :: completion_tail != completions_published -> store(rust_stores, COMPLETION_TAIL, completion_tail)
  :: else
  fi;
#endif
  completions_published = completion_tail;
  events_published = event_tail
}

/* Whom what rings, as the look finds him parked. */
#ifdef PUBLISH_SPARES_FOR_SPACE
#define RINGS_AFTER_PUBLISH (word[TYPESCRIPT_PARKED] == ASLEEP || word[TYPESCRIPT_PARKED] == SYNC)
#else
#define RINGS_AFTER_PUBLISH (word[TYPESCRIPT_PARKED] != AWAKE)
#endif
/* A synchronous waiter does not say whether it is short of space, so it is rung as if it were. */
#define RINGS_AFTER_FREE (word[TYPESCRIPT_PARKED] == FOR_SPACE || word[TYPESCRIPT_PARKED] == SYNC)
#ifdef FREE_SPARES_SYNC
#undef RINGS_AFTER_FREE
#define RINGS_AFTER_FREE (word[TYPESCRIPT_PARKED] == FOR_SPACE)
#endif
#ifdef FREE_RINGS_NOBODY_RUST
#undef RINGS_AFTER_FREE
#define RINGS_AFTER_FREE false
#endif

inline look_at_parked() {
  frees = false;
  publishes = false;
  if
  :: rings -> seen = word[TYPESCRIPT_PARKED]
  :: else
  fi
#ifdef LOOK_THEN_PUBLISH
  ; store_heads_and_tails()
#endif
}

inline write_and_publish() {
  atomic {
    /* write_waiting(), write_events() */
    if
    :: waiting && HAS_COMPLETION_SPACE -> waiting = false; complete(1); worked = true
    :: else
    fi;
    write_events();
    /* Into the buffer in one step: from there they go one by one. */
    frees = request_freed != requests_freed_published;
    publishes = completion_tail != completions_published || event_tail != events_published;
#ifndef LOOK_THEN_PUBLISH
    store_heads_and_tails()
#endif
  };
  if
  :: atomic {
      publishes && AFTER_RUST_PUBLISH ->
      rings = RINGS_AFTER_PUBLISH;
      look_at_parked()
    }
  :: atomic {
      !publishes && frees && AFTER_RUST_FREE ->
      rings = RINGS_AFTER_FREE;
      look_at_parked()
    }
  :: atomic { !publishes && !frees }
  fi;
  if
  :: rings -> rings = false; claim_typescript()
  :: else
  fi
}

inline rust_looks() {
  atomic { reason = queued };
  atomic { reason = reason || word[REQUEST_TAIL] != request_head };
#ifndef LOOK_WITHOUT_CANCELS
  atomic { reason = reason || word[CANCEL_SUMMARY] != 0 };
#endif
#ifndef LOOK_WITHOUT_SPACE_RUST
  atomic { reason = reason || (waiting && HAS_COMPLETION_SPACE) };
#endif
}

#ifdef SHORT_BUT_ASLEEP_RUST
#define HOW_RUST_SLEEPS ASLEEP
#else
#define HOW_RUST_SLEEPS (waiting -> FOR_SPACE : ASLEEP)
#endif

inline rust_announces() {
#ifdef STORE_AND_NO_FENCE
  atomic {
    rust_owed = rust_owed + (word[RUST_PARKED] == AWAKE -> 1 : 0);
    store(rust_stores, RUST_PARKED, HOW_RUST_SLEEPS)
  };
  rust_looks()
#else
#ifdef NO_FENCE_RUST_SLEEP
  if
  :: atomic {
      empty(rust_stores) ->
      reason = queued || word[REQUEST_TAIL] != request_head || word[CANCEL_SUMMARY] != 0 ||
        (waiting && HAS_COMPLETION_SPACE)
    };
    atomic { announce(rust_stores, RUST_PARKED, HOW_RUST_SLEEPS, rust_owed) }
  :: atomic { empty(rust_stores); announce(rust_stores, RUST_PARKED, HOW_RUST_SLEEPS, rust_owed) };
    rust_looks()
  fi
#else
  atomic { empty(rust_stores); announce(rust_stores, RUST_PARKED, HOW_RUST_SLEEPS, rust_owed) };
#ifdef NO_LAST_LOOK_RUST
  reason = false
#else
  rust_looks()
#endif
#endif
#endif
}

active proctype Rust() {
  byte seen, old, id;
  byte request_head, request_freed, completion_tail, event_tail, completions_written;
  byte requests_freed_published, completions_published, events_published;
  bool worked, reason, frees, publishes, rings;
  /* Request 0 waits for request 1; request 2 runs; the result of request 1 waits for space. */
  bool held, running, waiting;

turn:
  /* take_requests() */
  do
  :: atomic {
      word[REQUEST_TAIL] != request_head ->
      id = request_entry[request_head];
      request_head++;
      worked = true;
      if
      :: id == 0 && IS_PART(1) -> request_freed++; held = true
      :: id == 0 -> request_freed++; write_events(); complete(0)
      :: id == 1 -> request_freed++; write_events();
        if
        :: held -> held = false; complete(0)
        :: else
        fi;
        if
        :: HAS_COMPLETION_SPACE -> complete(1)
        :: else -> waiting = true
        fi
#ifdef CANCEL_BY_SUMMARY_ONLY
      :: id == 2 -> running = true
#else
      :: id == 2 && word[CANCEL_WORD] == 0 -> running = true
      :: id == 2 && word[CANCEL_WORD] == 1 -> write_events(); complete(2)
#endif
      fi;
      id = 0
    }
  :: atomic { word[REQUEST_TAIL] == request_head -> break }
  od;
  /* take_cancels() */
  if
  :: atomic { word[CANCEL_SUMMARY] != 0 };
#ifdef CANCEL_SUMMARY_KEPT
    worked = true;
#else
    atomic { empty(rust_stores); word[CANCEL_SUMMARY] = 0; worked = true };
#endif
    atomic {
      if
#ifndef CANCEL_AT_TAKING_ONLY
      :: running && word[CANCEL_WORD] == 1 -> running = false; write_events(); complete(2)
      :: !(running && word[CANCEL_WORD] == 1)
#else
      :: true
#endif
      fi
    }
  :: atomic { word[CANCEL_SUMMARY] == 0 }
  fi;
  write_and_publish();
  if
  :: worked -> worked = false; goto turn
  :: else
  fi;

  rust_announces();
  if
  :: reason -> reason = false; take_back(rust_stores, RUST_PARKED, rust_owed); goto turn
  :: else
  fi;
end_asleep:
  if
  :: atomic { eventfd -> eventfd = false }
  :: atomic { alarm -> alarm = false }
  fi;
  take_back(rust_stores, RUST_PARKED, rust_owed);
  goto turn
}

/* A call that runs elsewhere has something to say. */
active proctype Elsewhere() {
  queued = true;
  alarm = true
}

init {
  atomic { run Stores(typescript_stores); run Stores(rust_stores) }
}

ltl answered { <> [] (finished && word[RUST_PARKED] != AWAKE) }
