import type { iam_v1 } from 'googleapis/build/src/apis/iam/v1.js';
import { PermanentError } from '../../core/errors.ts';
import type { PoolReader } from '../../ports.ts';
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

/** Another pool's answer, from a cache in between, does not show whose this one is. Google names the project by its number. */
const isNamed = (pool: unknown, name: string): boolean => {
  const answered = field(pool, 'name');
  return typeof answered === 'string' && inProject(answered) === inProject(name);
};

const inProject = (name: string): string => name.slice(name.indexOf('/locations/'));

/** A pool's or provider's state. Google leaves out fields that are false or empty. */
export const presenceOf = ({ state, disabled }: Pick<Pool, 'state' | 'disabled'>) =>
  ({ kind: 'there', isDeleted: state === 'DELETED', isDisabled: disabled === true }) as const;
