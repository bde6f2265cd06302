/** The schema of `network`, `disk` and of distributions. */
import { z } from 'zod';

import { durationUs, type DistributionInput } from './ranges.js';
import { bandwidth, duration, loss, record, size, word } from './schema-parts.js';
import { readDuration } from './units.js';

const DISTRIBUTIONS = ['deterministic', 'uniform', 'exponential', 'lognormal'] as const;

const named = z.discriminatedUnion(
  'distribution',
  [
    record('a deterministic distribution', {
      distribution: z.literal('deterministic'),
      value: duration('Every draw.'),
    }),
    record('a uniform distribution', {
      distribution: z.literal('uniform'),
      from: duration('Shortest.'),
      to: duration('Longest.'),
    }).refine(({ from, to }) => durationUs(from) <= durationUs(to), {
      error: 'to must be at least from',
      path: ['to'],
    }),
    record('an exponential distribution', {
      distribution: z.literal('exponential'),
      mean: duration('Mean.'),
    }),
    record('a lognormal distribution', {
      distribution: z.literal('lognormal'),
      p50: duration('Median.').refine((text) => !isNothing(text), {
        error: 'the median of a lognormal distribution must be above 0',
      }),
      p99: duration('99th percentile.'),
    }).refine(({ p50, p99 }) => durationUs(p50) <= durationUs(p99), {
      error: 'p99 must be at least p50',
      path: ['p99'],
    }),
  ],
  {
    error: (issue) => {
      const given = (issue.input as { distribution?: unknown } | null)?.distribution;
      return word('distribution', DISTRIBUTIONS).safeParse(given).error?.issues[0]?.message;
    },
  },
);

/** A duration, or `{ distribution: lognormal, p50: 500us, p99: 5ms }`. */
export function distribution(
  description: string,
): z.ZodUnion<readonly [z.ZodString, typeof named]> {
  return z.union([duration(description), named]).meta({ description });
}

/** A distribution of times between things that happen: at least sometimes above 0, or time would stand still. */
export function interval(description: string): ReturnType<typeof distribution> {
  return distribution(description).refine((value) => !isAlwaysNothing(value), {
    error: 'must be above 0',
  });
}

function isAlwaysNothing(value: DistributionInput): boolean {
  if (typeof value === 'string') return isNothing(value);
  switch (value.distribution) {
    case 'deterministic':
      return isNothing(value.value);
    case 'uniform':
      return isNothing(value.to);
    case 'exponential':
      return isNothing(value.mean);
    case 'lognormal':
      return false;
  }
}

function isNothing(text: string): boolean {
  const read = readDuration(text);
  return read.ok && read.value === 0;
}

export const networkSchema = record('network', {
  latency: distribution('One-way delay of a packet.').optional(),
  bandwidth: bandwidth('Of each link.').optional(),
  loss: loss('Loss per packet; costs the time of a retransmission.').optional(),
});

export const diskSchema = record('disk', {
  write: duration('Time of a write to the page cache.').optional(),
  flush: duration('Time of a flush.').optional(),
  bandwidth: bandwidth('Of reads and flushes.').optional(),
  'page-cache': size('Size of the page cache.').optional(),
});
