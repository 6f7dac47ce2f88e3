import type { iam_v1 } from 'googleapis/build/src/apis/iam/v1.js';
import { PermanentError, toFailure } from '../../core/errors.ts';
import { ownershipOf, type PoolOwner } from '../../core/ownership.ts';
import type { PoolOwnerships, PoolReader } from '../../ports.ts';
import { field } from '../field.ts';
import { callGoogle, readOne } from './call.ts';
import type { GoogleSession } from './session.ts';

type Pool = iam_v1.Schema$WorkloadIdentityPool;

/** https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools/get */
export const googlePool =
  (session: GoogleSession, advice?: string): PoolReader =>
  async (name) => {
    const get = () => callGoogle<Pool>(session, { method: 'GET', path: name });
    const pool = await readOne(session, `pool ${name}`, get, advice);
    if (pool === undefined) return { kind: 'absent' };
    if (!isNamed(pool, name))
      throw new PermanentError(
        `reading pool ${name}: the answer is not this pool. Check google.endpoints in rolebridge.yml, and what answers there.`,
      );
    return { ...presenceOf(pool), description: pool.description ?? '' };
  };

/** Another pool's answer, from a cache in between, says nothing about who owns this pool. Google names the project by its number. */
const isNamed = (pool: unknown, name: string): boolean => {
  const answered = field(pool, 'name');
  return typeof answered === 'string' && inProject(answered) === inProject(name);
};

const inProject = (name: string): string => name.slice(name.indexOf('/locations/'));

/** A pool's or provider's state. Google leaves out fields that are false or empty. */
export const presenceOf = ({ state, disabled }: Pick<Pool, 'state' | 'disabled'>) =>
  ({ kind: 'there', isDeleted: state === 'DELETED', isDisabled: disabled === true }) as const;

/** Reads the owner of a pool from its marker. If a pool cannot be read, its owner is unproven; nothing else stops. */
export const poolOwnerships = (pool: PoolReader, owner: PoolOwner | undefined): PoolOwnerships => ({
  read: async (name) => {
    if (owner === undefined)
      return { kind: 'unproven', reason: 'ROLEBRIDGE_STAGE is not set. Deploy again.' };
    try {
      return ownershipOf(name, await pool(name), owner);
    } catch (thrown) {
      return { kind: 'unproven', reason: toFailure(thrown).message };
    }
  },
});

/** Remembers, for the life of one execution environment, which pools are ours. Reads all others each time. */
export const rememberingOurs = (): ((ownerships: PoolOwnerships) => PoolOwnerships) => {
  const ours = new Set<string>();
  return ({ read }) => ({
    read: async (name, options) => {
      if (ours.has(name) && options?.isFresh !== true) return { kind: 'ours', isRemembered: true };
      const found = await read(name);
      if (found.kind === 'ours' && found.isPassing !== true) ours.add(name);
      else if (found.kind === 'another') ours.delete(name);
      return found;
    },
  });
};
