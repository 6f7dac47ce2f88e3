import type { Binding } from '../../shared/core/iam-policy.ts';
import { memberOf } from '../../shared/core/member.ts';
import { type MemoryWorld, memoryWorld, setPolicy, setRole } from './memory.ts';
import { now, reports, settings } from './settings.ts';
import { readerPolicy, writerPolicy } from './snapshot.ts';

export { readerPolicy, writerPolicy };
export const member = memberOf(settings, reports);
export const foreign = {
  role: 'roles/iam.serviceAccountUser',
  members: ['user:eve@example.com', 'deleted:user:x@example.com?uid=1'],
};

/** Both clouds in memory: two service accounts, one of them with a binding of somebody else's. */
export const worldWith = (binding: Binding): MemoryWorld => {
  const made = memoryWorld(now);
  setPolicy(made, readerPolicy, { bindings: [binding] });
  setPolicy(made, writerPolicy, {});
  return made;
};
export const world = (): MemoryWorld => worldWith(foreign);

export const tag = (made: MemoryWorld, value: string, key = 'google-access') =>
  setRole(made, reports, [{ key, value }]);

export const bindings = (made: MemoryWorld, resource = readerPolicy) =>
  made.policies.get(resource)?.policy.bindings ?? [];
export const bound = (made: MemoryWorld, resource = readerPolicy): boolean =>
  bindings(made, resource).some(({ members }) => members.includes(member));
export const types = (made: MemoryWorld) => made.outcomes.map(({ type }) => type);
export const places = (made: MemoryWorld) => [...made.parameters.keys()].toSorted();
export const writes = (made: MemoryWorld) =>
  made.calls.filter((call) => /^(Put|Delete|set)/.test(call) && call !== 'PutEvents');
export const both = ['eu-west-1 /google-access/reports/default', 'us-east-1 /google-access/reports/default'];
