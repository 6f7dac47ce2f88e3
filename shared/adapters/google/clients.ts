import type { cloudresourcemanager_v1 } from 'googleapis/build/src/apis/cloudresourcemanager/v1.js';
import type { iam_v1 } from 'googleapis/build/src/apis/iam/v1.js';
import type { policyanalyzer_v1 } from 'googleapis/build/src/apis/policyanalyzer/v1.js';
import type { serviceusage_v1 } from 'googleapis/build/src/apis/serviceusage/v1.js';
import type { storage_v1 } from 'googleapis/build/src/apis/storage/v1.js';
import type { PersonalIdentity } from './personal-identity.ts';
import { callOptions, type GoogleApi, type GoogleSession, originOf } from './session.ts';

/** A session of the command line, with a person's credentials. */
export interface PersonalSession extends GoogleSession {
  readonly identity: PersonalIdentity;
}

export interface GoogleClients {
  readonly iam: () => Promise<iam_v1.Iam>;
  readonly cloudresourcemanager: () => Promise<cloudresourcemanager_v1.Cloudresourcemanager>;
  readonly serviceusage: () => Promise<serviceusage_v1.Serviceusage>;
  readonly storage: () => Promise<storage_v1.Storage>;
  readonly policyanalyzer: () => Promise<policyanalyzer_v1.Policyanalyzer>;
}

/**
 * Google's own client of each API, for the command line (docs/adr/0002). Each is loaded at its first call, because most
 * commands need none of them. Import one version of one API: an API's index loads all versions, the root loads all APIs.
 */
export const googleClients = (session: PersonalSession): GoogleClients => {
  const optionsOf = (api: GoogleApi) => ({
    ...callOptions(session),
    auth: session.identity.auth,
    rootUrl: originOf(session, api),
    // rolebridge.yml decides where calls go. Without this, GOOGLE_CLOUD_UNIVERSE_DOMAIN would.
    universeDomain: 'googleapis.com',
  });
  return {
    iam: async () => {
      const { iam_v1 } = await import('googleapis/build/src/apis/iam/v1.js');
      return new iam_v1.Iam(optionsOf('iam'));
    },
    cloudresourcemanager: async () => {
      const { cloudresourcemanager_v1 } = await import(
        'googleapis/build/src/apis/cloudresourcemanager/v1.js'
      );
      return new cloudresourcemanager_v1.Cloudresourcemanager(optionsOf('cloudresourcemanager'));
    },
    serviceusage: async () => {
      const { serviceusage_v1 } = await import('googleapis/build/src/apis/serviceusage/v1.js');
      return new serviceusage_v1.Serviceusage(optionsOf('serviceusage'));
    },
    storage: async () => {
      const { storage_v1 } = await import('googleapis/build/src/apis/storage/v1.js');
      return new storage_v1.Storage(optionsOf('storage'));
    },
    policyanalyzer: async () => {
      const { policyanalyzer_v1 } = await import('googleapis/build/src/apis/policyanalyzer/v1.js');
      return new policyanalyzer_v1.Policyanalyzer(optionsOf('policyanalyzer'));
    },
  };
};
