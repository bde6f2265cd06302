/** Random faults of all kinds. */
import { SAFE_CLUSTER, story } from './entry.js';

const KINDS = {
  crash: 3,
  'power-loss': 2,
  stop: 1,
  pause: 2,
  partition: 2,
  block: 1,
  'slow-link': 1,
  'lossy-link': 1,
  'reset-connections': 1,
  'slow-disk': 1,
  'lose-disk': 1,
  'fail-disk': 1,
  'clock-jump': 1,
} as const;

/** The settling outlasts `delivery.timeout.ms`, 120 s: a record sent at the last moment has its outcome, too. */
const RUN = { for: '120s', settle: '125s' } as const;

export const survivableWeather = story(
  'survivable-weather',
  [
    'The safe cluster under load.',
    'Random faults of every kind, within what the configuration promises to survive.',
    'Writes and reads suffer, promises do not.',
    'Everything is healed and everything recovers.',
  ],
  {
    ...SAFE_CLUSTER,
    'random-faults': { every: '5s..15s', kinds: KINDS, for: '2s..25s', budget: 'survivable' },
    run: RUN,
  },
);

export const unlimitedWeather = story(
  'unlimited-weather',
  [
    'The safe cluster under load.',
    'Random faults without any budget: several machines may lose their disks at once.',
    'Acknowledged records can be lost now, and every such loss is told from a bug by the assumption that was broken.',
    'Everything is healed; what is left agrees with itself.',
  ],
  {
    ...SAFE_CLUSTER,
    'random-faults': { every: '5s..15s', kinds: KINDS, for: '2s..25s', budget: 'unlimited' },
    run: RUN,
  },
);
