import type { Status } from '../../../shared/doctor/finding.ts';
import type { DoctorWorld, Options } from './world.ts';

/** How to mend it. */
export type Mend = () => unknown;

/** One thing that breaks in the world, and the one check that should tell. */
export interface Breakage {
  readonly what: string;
  readonly check: string;
  readonly status: Exclude<Status, 'ok'>;
  /** What the fix must say. */
  readonly fix: RegExp;
  readonly break: (world: DoctorWorld) => Mend | Promise<Mend>;
  readonly options?: (world: DoctorWorld) => Options;
}

/** Changes fields of a thing of the local world, as its owner would; mending brings them back. */
export const change = <T extends object>(thing: T, fields: Partial<T>): Mend => {
  const before = Object.fromEntries(Object.keys(fields).map((name) => [name, Reflect.get(thing, name)]));
  Object.assign(thing, fields);
  return () => {
    for (const [name, value] of Object.entries(before))
      if (value === undefined) Reflect.deleteProperty(thing, name);
      else Reflect.set(thing, name, value);
  };
};

/** Puts others in the place of what an array holds. */
export const swap = <T>(items: T[], others: readonly T[]): Mend => {
  const before = items.splice(0, items.length, ...others);
  return () => items.splice(0, items.length, ...before);
};

/** Disables a service account, by Google's own call. */
export const disable = async ({ google }: DoctorWorld, email: string): Promise<Mend> => {
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
