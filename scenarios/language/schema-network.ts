/** The schema of `network`, `disk` and of distributions. */
import { z } from 'zod';

import { bandwidth, duration, loss, quote, record, size, word } from './schema-parts.js';

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
    }),
    record('an exponential distribution', {
      distribution: z.literal('exponential'),
      mean: duration('Mean.'),
    }),
    record('a lognormal distribution', {
      distribution: z.literal('lognormal'),
      p50: duration('Median.'),
      p99: duration('99th percentile.'),
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
