// Owner of nothing; asks the driver about this host where a job wants to know: whether all constraints of the job hold here.

import { hostAttributes } from '../host/host-attributes.ts';
import { describeConstraint, type HostFacts, whyUnmet } from '../job/check-constraint.ts';
import type { Diagnostic } from '../job/hcl/syntax.ts';
import type { Constraint, Job } from '../job/job-model.ts';
import type { NodeFacts } from './host-node.ts';

interface Wanted {
  readonly constraint: Constraint;
  /** Of whom: `job "web"`. */
  readonly owner: string;
  readonly count: number;
}

/** An error for each constraint that this host does not meet. */
export async function checkConstraints(job: Job, node: NodeFacts): Promise<Diagnostic[]> {
  const wanted = constraintsOf(job);
  if (wanted.length === 0) return [];
  const facts = await factsFor(wanted, node);
  return wanted.flatMap(({ constraint, owner, count }) => {
    const why = whyUnmet(constraint, facts, count);
    if (why === undefined) return [];
    const what = `the constraint ${describeConstraint(constraint)} of ${owner} does not hold on this host: ${why}`;
    const advice = 'Leave it out, or run the job where it holds';
    return [{ severity: 'error', summary: `${what}. ${advice}` }];
  });
}

function constraintsOf(job: Job): Wanted[] {
  const most = Math.max(0, ...job.groups.map(({ count }) => count));
  const of = (constraints: readonly Constraint[], owner: string, count: number): Wanted[] =>
    constraints.map((constraint) => ({ constraint, owner, count }));
  return [
    ...of(job.constraints, `job ${JSON.stringify(job.id)}`, most),
    ...job.groups.flatMap((group) => [
      ...of(group.constraints, `group ${JSON.stringify(group.name)}`, group.count),
      ...group.tasks.flatMap((task) =>
        of(task.constraints, `task ${JSON.stringify(task.name)}`, group.count),
      ),
    ]),
  ];
}

/** What the driver tells takes longer to find out: only for who asks. */
async function factsFor(wanted: readonly Wanted[], node: NodeFacts): Promise<HostFacts> {
  const asks = wanted.some(({ constraint: { attribute, value } }) =>
    `${attribute} ${value}`.includes('{attr.driver.raw_exec.'),
  );
  if (!asks) return node;
  const attributes = Object.entries(await hostAttributes());
  return {
    ...node,
    ...Object.fromEntries(attributes.map(([name, value]) => [`attr.${name}`, value])),
  };
}
