import { failed, ok } from '../../shared/doctor/finding.ts';
import { checkApis, checkProject } from '../../shared/doctor/project-checks.ts';
import { requiredServices } from '../../shared/setup/services.ts';
import { settings } from '../support/settings.ts';

describe('project and number', () => {
  const project = { id: 'acme-identity', number: '123456789012' };
  it('belong together', () => {
    expect(checkProject(settings, project, undefined)).toEqual(
      ok('acme-identity has the number 123456789012.'),
    );
  });
  it('the number is of another project', () => {
    expect(checkProject(settings, { id: 'other', number: '123456789012' }, project)).toEqual(
      failed(
        'google.projectNumber 123456789012 is the number of project other, but google.project is acme-identity.',
        "Correct rolebridge.yml. The number of acme-identity: gcloud projects describe acme-identity --format 'value(projectNumber)'",
      ),
    );
  });
  it('the project has another number', () => {
    expect(checkProject(settings, undefined, { id: 'acme-identity', number: '42' })).toEqual(
      failed(
        'Project acme-identity has the number 42, but google.projectNumber is 123456789012.',
        'Write projectNumber: "42" into rolebridge.yml.',
      ),
    );
  });
  it('neither can be seen', () => {
    expect(checkProject(settings, undefined, undefined)).toMatchObject({
      status: 'unknown',
      fix: expect.stringContaining('gcloud projects describe acme-identity'),
    });
  });
});

it('enables all disabled APIs with one command', () => {
  expect(checkApis(settings, [])).toEqual(
    ok(`${requiredServices.slice(0, 3).join(', ')} and ${requiredServices[3]} are enabled in acme-identity.`),
  );
  expect(checkApis(settings, ['sts.googleapis.com'])).toEqual(
    failed(
      'The API sts.googleapis.com is disabled in project acme-identity.',
      'Enable: gcloud services enable sts.googleapis.com --project acme-identity',
    ),
  );
  expect(checkApis(settings, ['iam.googleapis.com', 'sts.googleapis.com'])).toEqual(
    failed(
      'The APIs iam.googleapis.com and sts.googleapis.com are disabled in project acme-identity.',
      'Enable: gcloud services enable iam.googleapis.com sts.googleapis.com --project acme-identity',
    ),
  );
});
