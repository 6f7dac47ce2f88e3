export const projectNumber = '123456789012';

/** `google` of a rolebridge.yml. */
export const google = {
  project: 'acme-identity',
  projectNumber,
  pool: 'aws-roles',
  serviceAccount: 'rolebridge@acme-identity.iam.gserviceaccount.com',
  projects: ['acme-data', 'example.com:legacy'],
};

/** The account, the project and the service account of every test here. */
export const accountId = '111122223333';

export const email = 'reader@acme-data.iam.gserviceaccount.com';
