import type { Status } from '../../../shared/doctor/finding.ts';
import type { DoctorWorld, Options } from './world.ts';

/** Undoes a breakage. */
export type Repair = () => unknown;

/** One thing that breaks in the world, and the one check that should report it. */
export interface Breakage {
  readonly title: string;
  readonly check: string;
  readonly status: Exclude<Status, 'ok'>;
  /** The fix must match this. */
  readonly fix: RegExp;
  readonly break: (world: DoctorWorld) => Repair | Promise<Repair>;
  readonly options?: (world: DoctorWorld) => Options;
}

/** Changes fields of a resource of the local world, as its owner would; the repair restores them. */
export const change = <T extends object>(resource: T, fields: Partial<T>): Repair => {
  const before = Object.fromEntries(Object.keys(fields).map((name) => [name, Reflect.get(resource, name)]));
  Object.assign(resource, fields);
  return () => {
    for (const [name, value] of Object.entries(before))
      if (value === undefined) Reflect.deleteProperty(resource, name);
      else Reflect.set(resource, name, value);
  };
};

/** Replaces the items of an array. */
export const swap = <T>(items: T[], others: readonly T[]): Repair => {
  const before = items.splice(0, items.length, ...others);
  return () => items.splice(0, items.length, ...before);
};

/** Disables a service account, by Google's own call. */
export const disable = async ({ google }: DoctorWorld, email: string): Promise<Repair> => {
  const call = async (verb: string): Promise<void> => {
    const answer = await fetch(`${google.url}/v1/projects/-/serviceAccounts/${email}:${verb}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${google.adminToken}` },
    });
    if (!answer.ok) throw new Error(await answer.text());
  };
  await call('disable');
  return () => call('enable');
};
