import { GoogleAuth } from 'google-auth-library';

/** The current project of gcloud or the application default credentials, as a suggestion; undefined if there is none. */
export const signedInProject = async (): Promise<string | undefined> => {
  try {
    return await new GoogleAuth().getProjectId();
  } catch {
    return undefined;
  }
};
