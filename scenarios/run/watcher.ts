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

/**
 * Tells each watcher what it asked for, in the order of the list. A method that one watcher overrides is called
 * directly, one that nobody overrides does nothing.
 */
export class Watchers extends ModelObserver {
  readonly list: readonly ModelObserver[];

  constructor(list: readonly ModelObserver[]) {
    super();
    this.list = list;
    for (const name of METHOD_NAMES) {
      const interested = list
        .filter((watcher) => watcher[name] !== ModelObserver.prototype[name])
        .map((watcher) => (watcher[name] as Method).bind(watcher));
      if (interested.length > 0) Object.defineProperty(this, name, { value: tellAll(interested) });
    }
  }
}

function tellAll(interested: readonly Method[]): Method {
  if (interested.length === 1) return interested[0]!;
  return (a, b, c, d, e, f, g) => {
    for (let index = 0; index < interested.length; index++) interested[index]!(a, b, c, d, e, f, g);
  };
}
