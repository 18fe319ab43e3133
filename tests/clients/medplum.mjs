import { MedplumClient } from "@medplum/core";

import { bundle, entry, marked, pulse, tell, token, url } from "./pulse.mjs";

const at = { baseUrl: url.replace(/fhir$/, ""), fhirUrlPath: "fhir", fetch, cacheTime: 0 };
const client = new MedplumClient(at);
client.setAccessToken(token);
let patient;
let one;

await tell(
  {
    search: async () => {
      const found = await client.search("Patient", "name=Brandt");
      patient = found.entry[0].resource.id;
      return found.total;
    },
    create: async () => (one = await client.createResource(pulse(patient))).meta.versionId,
    read: async () => (await client.readResource("Observation", one.id)).valueQuantity.value,
    update: async () => (await client.updateResource({ ...one, status: "amended" })).meta.versionId,
    patch: async () => {
      const steps = [{ op: "replace", path: "/status", value: "corrected" }];
      return (await client.patchResource("Observation", one.id, steps)).status;
    },
    history: async () => (await client.readHistory("Observation", one.id)).entry.map((each) => each.resource.meta.versionId),
    vread: async () => (await client.readVersion("Observation", one.id, "1")).status,
    "conditional create": async () => {
      const body = pulse(patient, 72, marked("medplum"));
      const first = await client.createResourceIfNoneExist(body, "identifier=urn:example:medplum|1");
      const again = await client.createResourceIfNoneExist(body, "identifier=urn:example:medplum|1");
      return [first.id === again.id, again.meta.versionId];
    },
    "conditional update": async () => {
      const body = pulse(patient, 72, { ...marked("medplum"), status: "amended" });
      return (await client.upsertResource(body, "identifier=urn:example:medplum|1")).meta.versionId;
    },
    batch: async () => {
      const body = bundle("batch", entry("GET", `Patient/${patient}`), entry("GET", "Patient/x"));
      return (await client.executeBatch(body)).entry.map((each) => each.response.status.slice(0, 3));
    },
    transaction: async () => {
      const body = bundle("transaction", ...[70, 71].map((value) => entry("POST", "Observation", pulse(patient, value))));
      return (await client.executeBatch(body)).entry.map((each) => each.response.status.slice(0, 3));
    },
    "reads that it gathers into a batch": async () => {
      const gathering = new MedplumClient({ ...at, accessToken: token, autoBatchTime: 20 });
      const asked = [gathering.readResource("Patient", patient), gathering.search("Observation", `_id=${one.id}`)];
      return (await Promise.all(asked)).map((each) => each.resourceType);
    },
    pages: async () => {
      const found = new Set();
      for await (const page of client.searchResourcePages("Observation", `patient=${patient}&code=8867-4&_count=2`)) {
        page.forEach((each) => found.add(each.id));
      }
      return [found.has(one.id), found.size >= 4];
    },
    reference: async () => (await client.readReference({ reference: `Patient/${patient}` })).id === patient,
    validate: async () => (await client.validateResource(pulse(patient))).issue.some((each) => each.severity === "error"),
    everything: async () => (await client.readPatientEverything(patient)).type,
    summary: async () => (await client.readPatientSummary(patient)).type,
    invalid: async () => client.createResource(pulse(patient, 72, { status: "guessed" })),
    unknown: async () => client.readResource("Patient", "b7765bbf-df40-486a-9f2f-404309643de6"),
    delete: async () => client.deleteResource("Observation", one.id).then(() => "deleted"),
    gone: async () => client.readResource("Observation", one.id),
  },
  (error) => error.outcome?.issue?.[0]?.code ?? String(error),
);
