import type { iam_v1 } from 'googleapis/build/src/apis/iam/v1.js';
import type { PoolReader } from '../../ports.ts';
import { callGoogle, readOne } from './call.ts';
import type { GoogleSession } from './session.ts';

type Pool = iam_v1.Schema$WorkloadIdentityPool;

/** https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools/get */
export const googlePool =
  (session: GoogleSession, advice?: string): PoolReader =>
  async (name) => {
    const get = () => callGoogle<Pool>(session, { method: 'GET', path: name });
    const pool = await readOne(session, `pool ${name}`, get, advice);
    return pool === undefined
      ? { kind: 'absent' }
      : { ...presenceOf(pool), description: pool.description ?? '' };
  };

/** A pool's or provider's state. Google leaves out fields that are false or empty. */
export const presenceOf = ({ state, disabled }: Pick<Pool, 'state' | 'disabled'>) =>
  ({ kind: 'there', isDeleted: state === 'DELETED', isDisabled: disabled === true }) as const;
