import { invalid } from './errors.ts';
import { type Method, textOf } from './method.ts';
import type { Operations } from './operations.ts';
import { page } from './page.ts';
import type { Project, Projects } from './projects.ts';

/** The maximum number of ids in one batchEnable (Service Usage reference). */
const maxBatch = 20;

/** The APIs that a project has enabled. The stand-in serves calls to disabled APIs, too. */
export const serviceMethods = (projects: Projects, operations: Operations): readonly Method[] => {
  const shown = ({ number, services }: Project, service: string) => ({
    name: `projects/${number}/services/${service}`,
    parent: `projects/${number}`,
    config: { name: service },
    state: services.has(service) ? 'ENABLED' : 'DISABLED',
  });
  const enable = (project: Project, services: readonly string[]) => {
    for (const service of services) project.services.add(service);
    return operations.start('', 'google.api.serviceusage.v1.BatchEnableServicesResponse', () => ({
      services: services.map((service) => shown(project, service)),
    }));
  };
  const method = (
    verb: string,
    http: Method['http'],
    end: string,
    permission: string,
    perform: (
      project: Project,
      service: string,
      body: Readonly<Record<string, unknown>>,
      query: URLSearchParams,
    ) => unknown,
  ): Method => ({
    name: `serviceusage.services.${verb}`,
    http,
    path: new RegExp(`^/v1/(?<resource>projects/(?<project>[^/]+)/services${end}$`),
    permission: `serviceusage.services.${permission}`,
    prepare: ({ path: { project = '', service = '' }, body, query }) => {
      const on = projects.get(project, `serviceusage.services.${permission}`);
      return { on, perform: () => perform(on, service, body, query) };
    },
  });
  const item = '/(?<service>[^/:]+))';
  return [
    method('get', 'GET', item, 'get', shown),
    method('list', 'GET', ')', 'list', (project, _, __, query) => {
      // The stand-in only knows enabled services, so it ignores the filter.
      const limits = { usual: 50, most: 200 };
      const { items, ...next } = page([...project.services], (service) => service, query, limits);
      const services = items.map((service) => shown(project, service));
      return { ...(services.length === 0 ? {} : { services }), ...next };
    }),
    method('enable', 'POST', `${item}:enable`, 'enable', (project, service) => enable(project, [service])),
    method('batchEnable', 'POST', '):batchEnable', 'enable', (project, _, body) => {
      const services = (Array.isArray(body['serviceIds']) ? body['serviceIds'] : []).map(textOf);
      if (services.length > maxBatch)
        throw invalid(`At most ${maxBatch} services can be enabled in one call.`);
      return enable(project, services);
    }),
  ];
};
