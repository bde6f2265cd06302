/** The schema of `faults`, `random-faults` and `failures`. */
import { z } from 'zod';

import { distribution, interval } from './schema-network.js';
import {
  bandwidth,
  count,
  duration,
  identifier,
  loss,
  quote,
  racks,
  record,
  signedDuration,
  target,
  targets,
  word,
} from './schema-parts.js';
import { versionText } from './schema-version.js';
import { NODE_ID_MAX } from './limits.js';
import { readDurationRange } from './ranges.js';
import {
  FAILURE_KINDS,
  FAULT_VERBS,
  INSTANT_VERBS,
  REFUSED_FAULT_VERBS,
  RPC_NAMES,
  WEIGHTED_FAULT_VERBS,
} from './vocabulary.js';

/** `5s..40s`. */
function span(description: string): z.ZodString {
  const reason = (raw: unknown): string | undefined => {
    const read = readDurationRange(raw);
    return read.ok ? undefined : read.reason;
  };
  return z
    .string({ error: (issue) => reason(issue.input) })
    .superRefine((value, context) => {
      const message = reason(value);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    })
    .meta({ description, examples: ['5s..40s'] });
}

const factor = z
  .number({ error: (issue) => `factor must be a number, not ${quote(issue.input)}` })
  .min(1, { error: (issue) => `factor must be at least 1, not ${quote(issue.input)}` })
  .max(1_000_000, { error: 'factor must be at most 1000000' })
  .meta({ description: 'How many times as long.' });

const link = {
  from: targets,
  to: targets.optional().meta({ description: 'Everyone, unless given.' }),
  'both-ways': z
    .boolean({ error: (issue) => `both-ways must be true or false, not ${quote(issue.input)}` })
    .optional()
    .meta({ description: 'The way back as well. True unless given.' }),
};

const partitionName = z.string({
  error: (issue) => `a partition is written like orders-0, not ${quote(issue.input)}`,
});

const PARTITION_FORM = 'partition must be a list of groups: [[broker 1], [broker 2, broker 3]]';

const REASSIGN_EXAMPLE = '[2, 3, 4]';

function targetReason(raw: unknown): string {
  return `to must be a list of broker ids such as ${REASSIGN_EXAMPLE}, or cancel, not ${quote(raw)}`;
}

const ELECTION_EXAMPLE = '{ partitions: [orders-0] }';

const verbs = {
  crash: targets,
  'power-loss': targets,
  stop: targets,
  pause: targets,
  partition: z
    .array(
      z
        .array(target, { error: () => PARTITION_FORM })
        .min(1, { error: 'a group of a partition needs a target' }),
      { error: () => PARTITION_FORM },
    )
    .min(2, { error: 'partition needs at least two groups' }),
  block: record('block', { from: targets, to: targets }, {}, '{ from: broker 1, to: broker 2 }'),
  'slow-link': record(
    'slow-link',
    {
      ...link,
      delay: distribution('Added to every message.').optional(),
      factor: factor.optional(),
    },
    {},
    '{ from: broker 1, to: broker 2, factor: 10 }',
  ).refine((value) => value.delay !== undefined || value.factor !== undefined, {
    error: 'slow-link needs a delay or a factor',
  }),
  'lossy-link': record(
    'lossy-link',
    { ...link, loss: loss('Loss per packet.') },
    {},
    '{ from: broker 1, to: broker 2, loss: 10% }',
  ),
  'reset-connections': targets,
  'slow-disk': z.union([targets, record('slow-disk', { on: targets, factor: factor.optional() })]),
  'fill-disk': targets,
  'fail-disk': targets,
  'lose-disk': targets,
  'clock-jump': record(
    'clock-jump',
    { on: targets, by: signedDuration('How far; negative jumps back.') },
    {},
    '{ on: broker 1, by: 30s }',
  ),
  'expire-session': targets,
  'rack-outage': racks,
  'rack-power-loss': racks,
  'rolling-restart': z.union([
    targets,
    record('rolling-restart', {
      on: targets,
      how: word('how', ['stop', 'crash']).optional(),
      down: duration('How long each is down. 5s unless given.').optional(),
      pause: duration('From one being up to the next going down. 10s unless given.').optional(),
    }),
  ]),
  upgrade: z.union([
    versionText('upgrade'),
    record(
      'upgrade',
      {
        to: versionText('to').meta({ description: 'The new version.' }),
        on: targets.optional().meta({
          description:
            'Brokers and controllers, in order. All unless given: dedicated controllers first. The protocol is raised when all have the new version.',
        }),
        down: duration('How long each is down. 5s unless given.').optional(),
        pause: duration('From one being up to the next going down. 20s unless given.').optional(),
      },
      {},
      '{ to: "4.1", pause: 20s }',
    ),
  ]),
  'elect-leaders': z.union([
    word('elect-leaders', ['preferred', 'unclean']),
    record(
      'elect-leaders',
      {
        type: word('type', ['preferred', 'unclean'])
          .optional()
          .meta({ description: 'Unclean: of whoever is alive, for what has no leader.' }),
        partitions: z
          .array(partitionName, {
            error: (issue) =>
              `partitions must be a list such as [orders-0], not ${quote(issue.input)}`,
          })
          .min(1, { error: 'needs at least one partition' }),
      },
      {},
      ELECTION_EXAMPLE,
    ),
  ]),
  reassign: partitionName.meta({ description: 'A partition; `to` says where to.' }),
  hold: record(
    'hold',
    {
      rpc: word('rpc', RPC_NAMES),
      from: targets,
      to: targets,
      response: z
        .boolean({ error: (issue) => `response must be true or false, not ${quote(issue.input)}` })
        .optional()
        .meta({
          description:
            'Hold responses, not requests: those that `from` sends as the server, and `to` asked for.',
        }),
    },
    {},
    '{ rpc: Fetch, from: broker 1, to: broker 2 }',
  ).meta({ description: 'Keeps back what travels from `from` to `to`.' }),
  release: identifier('the id of a hold').meta({ description: 'The id of a hold, or `all`.' }),
};

const optionalVerbs = Object.fromEntries(
  Object.entries(verbs).map(([verb, schema]) => [verb, schema.optional()]),
) as { [Verb in keyof typeof verbs]: z.ZodOptional<(typeof verbs)[Verb]> };

const refusedVerbs = Object.fromEntries(
  REFUSED_FAULT_VERBS.map((verb) => [
    verb,
    `fault "${verb}" is not modelled yet; this release has ${FAULT_VERBS.join(', ')}`,
  ]),
);

/** One entry of `faults`: exactly one verb, and `at` or `when`. */
export const faultSchema = record(
  'a fault',
  {
    id: identifier('the id of a fault').optional(),
    at: duration('When it strikes, from the start of the run.').optional(),
    when: z
      .string({ error: (issue) => `when must be a mark, not ${quote(issue.input)}` })
      .optional()
      .meta({
        description: 'A mark to wait for, instead of `at`.',
        examples: ['high-watermark-advanced of orders-0'],
      }),
    nth: count('The nth such mark, from 1.', 1, 1_000_000).optional(),
    for: duration('How long it lasts; until faults are healed unless given.').optional(),
    ...optionalVerbs,
    to: z
      .union([
        z.literal('cancel', { error: (issue) => targetReason(issue.input) }),
        z
          .array(count('a broker id', 0, NODE_ID_MAX), {
            error: (issue) => targetReason(issue.input),
          })
          .min(1, { error: 'to needs at least one broker' }),
      ])
      .optional()
      .meta({
        description:
          'The replicas that a reassign leads to, preferred leader first; `cancel` goes back to those from before.',
        examples: [[2, 3, 4]],
      }),
    throttle: bandwidth(
      'How fast each broker may copy for a reassign, as kafka-reassign-partitions.sh --throttle.',
    ).optional(),
  },
  refusedVerbs,
).superRefine((fault, context) => {
  const complain = (message: string, path: string[] = []): void => {
    context.addIssue({ code: 'custom', message, path });
  };
  const present = FAULT_VERBS.filter((verb) => fault[verb] !== undefined);
  const verb = present[0];
  if (verb === undefined) complain(`a fault needs a verb: one of ${FAULT_VERBS.join(', ')}`);
  if (present[1] !== undefined) {
    complain(`a fault has one verb, not ${present.join(' and ')}`, [present[1]]);
  }
  if (fault.at === undefined && fault.when === undefined) complain('a fault needs at or when');
  if (fault.at !== undefined && fault.when !== undefined) {
    complain('a fault has at or when, not both', ['when']);
  }
  if (verb === 'reassign' && fault.to === undefined) {
    complain(`reassign needs to: the brokers to move to, such as ${REASSIGN_EXAMPLE}`);
  }
  if (verb !== undefined && verb !== 'reassign' && fault.to !== undefined) {
    complain(`${verb} takes no "to": it belongs to reassign`, ['to']);
  }
  if (fault.throttle !== undefined && !Array.isArray(fault.to)) {
    complain('throttle belongs to a reassign that leads to brokers', ['throttle']);
  }
  if (fault.nth !== undefined && fault.when === undefined) complain('nth needs when', ['nth']);
  if (fault.for !== undefined && verb !== undefined && INSTANT_VERBS.includes(verb)) {
    complain(`${verb} does not last: it takes no "for"`, ['for']);
  }
});

const SCRIPTED: Readonly<Record<string, string>> = {
  hold: 'random faults do not draw hold: it is for scripted faults',
  release: 'random faults do not draw release: it is for scripted faults',
  upgrade: 'random faults do not draw upgrade: it is for scripted faults',
};

const weights = Object.fromEntries(
  WEIGHTED_FAULT_VERBS.map((verb) => [
    verb,
    z
      .number({ error: (issue) => `a weight must be a number, not ${quote(issue.input)}` })
      .positive({ error: (issue) => `a weight must be above 0, not ${quote(issue.input)}` })
      .max(1_000_000, { error: 'a weight must be at most 1000000' })
      .optional(),
  ]),
) as Record<(typeof WEIGHTED_FAULT_VERBS)[number], z.ZodOptional<z.ZodNumber>>;

export const randomFaultsSchema = record('random-faults', {
  every: span('Time from one fault to the next.').refine(
    (text) => {
      const read = readDurationRange(text);
      return !read.ok || read.value.toUs > 0;
    },
    { error: 'every must be above 0' },
  ),
  kinds: z
    .union([
      word('kinds', ['all']),
      record('kinds', weights, { ...refusedVerbs, ...SCRIPTED }, '{ crash: 2, pause: 1 }'),
    ])
    .optional()
    .meta({ description: 'Weight per verb; all verbs alike unless given.' }),
  for: span('How long each lasts.'),
  budget: word('budget', ['survivable', 'unlimited']).optional(),
});

const failureKind = record(
  'a kind of failure',
  {
    mttf: interval('Time to failure: exponential with that mean, unless a distribution is named.'),
    mttr: distribution(
      'Time to repair: exponential with that mean, unless a distribution is named.',
    ),
    distribution: word('distribution', ['exponential', 'deterministic'], {
      lognormal: needsParameters('lognormal', 'p50: 1h, p99: 12h'),
      uniform: needsParameters('uniform', 'from: 1h, to: 2h'),
    })
      .optional()
      .meta({ description: 'What plain durations of mttf and mttr stand for.' }),
  },
  {},
  '{ mttf: 30d, mttr: 1h }',
);

function needsParameters(name: string, parameters: string): string {
  return `distribution ${name} needs parameters: write mttr: { distribution: ${name}, ${parameters} }`;
}

export const failuresSchema = record(
  'failures',
  Object.fromEntries(FAILURE_KINDS.map((kind) => [kind, failureKind.optional()])) as Record<
    (typeof FAILURE_KINDS)[number],
    z.ZodOptional<typeof failureKind>
  >,
);
