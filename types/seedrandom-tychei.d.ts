/**
 * seedrandom's tychei generator, imported by itself: the package's main entry also pulls in `crypto`, and
 * `@types/seedrandom` describes no file under `lib/`.
 */
declare module 'seedrandom/lib/tychei.js' {
  import type { State, StatefulPRNG } from 'seedrandom';

  /**
   * Creates a generator.
   *
   * @param seed - A string. Numbers are left out on purpose: to the library the seeds `1` and `'1'` differ.
   * @param options - `state: true` makes the state readable; a state, read before, goes on from there
   *   (and the seed is then ignored).
   */
  export default function tychei(
    seed: string,
    options: { readonly state: true | State.Tychei },
  ): StatefulPRNG<State.Tychei>;
}
