/** Watchers of a run: they see everything and change nothing. */
import { ModelObserver } from '../../model/index.js';
import type { Forker } from '../../sim/index.js';

/**
 * One watcher. All that it remembers is in `state`, which is plain data, so that a fork of the run forks it, too.
 */
export abstract class Watcher<State extends object> extends ModelObserver {
  state: State;

  constructor(state: State) {
    super();
    this.state = state;
  }

  /** A watcher that goes on by itself; what is not `state` is shared. */
  fork(forker: Forker): this {
    const copy = Object.create(Object.getPrototypeOf(this) as object) as this;
    Object.assign(copy, this);
    copy.state = forker.clone(this.state);
    return copy;
  }
}

type Method = (...facts: unknown[]) => void;

const METHOD_NAMES = Object.getOwnPropertyNames(ModelObserver.prototype).filter(
  (name) => name !== 'constructor',
) as (keyof ModelObserver)[];

/** An observer that tells a list of watchers what each asked for, in the order of the list. */
export type WatchersClass = new (list: readonly ModelObserver[]) => ModelObserver;

/**
 * Makes the class of observers for lists like this one: the same classes of watchers in the same order. A method that
 * nobody overrides does nothing. A run makes it once; its forks then cost no more than a list each.
 */
export function watchersClassOf(list: readonly ModelObserver[]): WatchersClass {
  class Watchers extends ModelObserver {
    readonly list: readonly ModelObserver[];

    constructor(own: readonly ModelObserver[]) {
      super();
      this.list = own;
    }
  }
  for (const name of METHOD_NAMES) {
    const places = list.flatMap((watcher, place) =>
      watcher[name] === ModelObserver.prototype[name] ? [] : [place],
    );
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its watcher as `this` in `tellAll`.
    const methods = places.map((place) => list[place]![name] as Method);
    if (places.length > 0) {
      Object.defineProperty(Watchers.prototype, name, { value: tellAll(places, methods) });
    }
  }
  return Watchers;
}

/** One observer for a list of watchers. */
export function watchersOf(list: readonly ModelObserver[]): ModelObserver {
  return new (watchersClassOf(list))(list);
}

function tellAll(places: readonly number[], methods: readonly Method[]): Method {
  const [place] = places;
  const [method] = methods;
  if (places.length === 1) {
    return function tellOne(this: { readonly list: readonly object[] }, a, b, c, d, e, f, g) {
      method!.call(this.list[place!], a, b, c, d, e, f, g);
    };
  }
  return function tell(this: { readonly list: readonly object[] }, a, b, c, d, e, f, g) {
    for (let index = 0; index < places.length; index++) {
      methods[index]!.call(this.list[places[index]!], a, b, c, d, e, f, g);
    }
  };
}
