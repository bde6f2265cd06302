/** Definitions and programs of what servers run in the course of a rolling upgrade. */
import {
  createServer,
  isBefore,
  KAFKA_VERSIONS,
  versionProfile,
  type ClusterDefinition,
} from '../../model/index.js';
import type { Simulation } from '../../sim/index.js';
import type { Release } from '../faults/release.js';
import type { Plan } from '../language/plan.js';
import { defineCluster } from './assemble.js';

/**
 * The releases that came up in a run, each with its definition and program. They follow from the plan and have no state of
 * their own, so that forks of the run share them.
 */
export class Releases {
  private readonly known = new Map<string, ClusterDefinition>();
  private readonly programs = new Map<string, ReturnType<typeof createServer>>();

  constructor(private readonly plan: Plan) {}

  /** The rules that servers of the release go by. */
  definitionOf(release: Release): ClusterDefinition {
    const name = nameOf(release);
    let definition = this.known.get(name);
    if (definition === undefined) {
      definition = defineCluster(this.plan, release);
      this.known.set(name, definition);
    }
    return definition;
  }

  /** The release's program in a simulation, which gets to know it if it does not. */
  programIndex(simulation: Simulation, release: Release): number {
    const name = nameOf(release);
    let program = this.programs.get(name);
    if (program === undefined) {
      const raised = raisedReleases(this.plan, release).map((other) => this.definitionOf(other));
      program = createServer(this.definitionOf(release), raised);
      this.programs.set(name, program);
    }
    return simulation.addProgram(program);
  }
}

/** In KRaft mode, the features that may be finalized while the program runs. */
function raisedReleases({ metadata }: Plan, { kafka, protocol }: Release): Release[] {
  if (metadata === 'zookeeper') return [];
  return KAFKA_VERSIONS.filter(
    (version) =>
      isBefore(protocol, version) &&
      !isBefore(kafka, version) &&
      versionProfile(version, metadata) !== null,
  ).map((version) => ({ kafka, protocol: version }));
}

function nameOf({ kafka, protocol }: Release): string {
  return `${kafka}/${protocol}`;
}
