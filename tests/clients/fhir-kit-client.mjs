import { Client } from "fhir-kit-client";

import { bundle, entry, marked, pulse, tell, token, url } from "./pulse.mjs";

const client = new Client({ baseUrl: url, bearerToken: token });
const resourceType = "Observation";
const versions = (found) => found.entry.map((one) => one.resource.meta.versionId);
let patient;
let one;

await tell(
  {
    capability: async () => (await client.capabilityStatement()).fhirVersion,
    search: async () => {
      const found = await client.resourceSearch({ resourceType: "Patient", searchParams: { name: "Brandt" } });
      patient = found.entry[0].resource.id;
      return found.total;
    },
    create: async () => (one = await client.create({ resourceType, body: pulse(patient) })).meta.versionId,
    read: async () => (await client.read({ resourceType, id: one.id })).valueQuantity.value,
    update: async () => {
      const options = { headers: { "If-Match": 'W/"1"' } };
      return (await client.update({ resourceType, id: one.id, body: { ...one, status: "amended" }, options })).meta.versionId;
    },
    "update of an old version": async () =>
      client.update({ resourceType, id: one.id, body: one, options: { headers: { "If-Match": 'W/"1"' } } }),
    patch: async () => {
      const jsonPatch = [{ op: "replace", path: "/status", value: "corrected" }];
      return (await client.patch({ resourceType, id: one.id, jsonPatch })).status;
    },
    vread: async () => (await client.vread({ resourceType, id: one.id, version: "1" })).status,
    history: async () => versions(await client.history({ resourceType, id: one.id })),
    "history of the type": async () => (await client.history({ resourceType })).entry.length > 2,
    "history of all": async () => (await client.history()).type,
    batch: async () => {
      const body = bundle("batch", entry("GET", `Patient/${patient}`), entry("GET", "Patient/x"));
      return (await client.batch({ body })).entry.map((each) => each.response.status.slice(0, 3));
    },
    transaction: async () => {
      const body = bundle("transaction", ...[70, 71].map((value) => entry("POST", resourceType, pulse(patient, value))));
      return (await client.transaction({ body })).entry.map((each) => each.response.status.slice(0, 3));
    },
    "conditional update": async () => {
      const asked = { resourceType, searchParams: { identifier: "urn:example:fhir-kit|1" } };
      const body = pulse(patient, 72, marked("fhir-kit"));
      const first = await client.update({ ...asked, body });
      const again = await client.update({ ...asked, body: { ...body, status: "amended" } });
      return [first.id === again.id, again.meta.versionId];
    },
    pages: async () => {
      let page = await client.search({ resourceType, searchParams: { patient, code: "8867-4", _count: 2 } });
      const found = new Set();
      for (; page; page = await client.nextPage({ bundle: page })) page.entry.forEach((each) => found.add(each.resource.id));
      return [found.has(one.id), found.size >= 4];
    },
    "search by POST": async () => {
      const asked = { searchParams: { _id: one.id }, options: { postSearch: true } };
      const compartment = { resourceType: "Patient", id: patient };
      const type = await client.resourceSearch({ resourceType, ...asked });
      const inside = await client.compartmentSearch({ resourceType, compartment, ...asked });
      const system = await client.systemSearch({ ...asked, searchParams: { _type: resourceType, _id: one.id } });
      return [type.total, inside.total, system.total];
    },
    operation: async () => (await client.operation({ name: "everything", resourceType: "Patient", id: patient, method: "GET" })).type,
    "operation with Parameters": async () => {
      const input = { resourceType: "Parameters", parameter: [{ name: "patient", valueString: patient }] };
      return (await client.operation({ name: "lastn", resourceType, input })).type;
    },
    resolve: async () => (await client.resolve({ reference: `Patient/${patient}` })).resourceType,
    invalid: async () => client.create({ resourceType, body: pulse(patient, 72, { status: "guessed" }) }),
    unknown: async () => client.read({ resourceType: "Patient", id: "b7765bbf-df40-486a-9f2f-404309643de6" }),
    delete: async () => client.delete({ resourceType, id: one.id }),
    gone: async () => client.read({ resourceType, id: one.id }),
  },
  (error) => [error.response?.status, error.response?.data?.issue?.[0]?.code ?? String(error)],
);
