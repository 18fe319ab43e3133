import FHIR from "fhirclient";

import { bundle, entry, pulse, tell, token, url } from "./pulse.mjs";

const smart = (patient) => FHIR({ headers: {} }, {}).client({ serverUrl: url, tokenResponse: { access_token: token, patient } });
const sent = (method, body) => ({ url: "/", method, headers: { "content-type": "application/fhir+json" }, body: JSON.stringify(body) });
let client = smart();
let patient;
let one;

await tell(
  {
    release: async () => client.getFhirRelease(),
    search: async () => {
      const found = await client.request("Patient?name=Brandt");
      patient = found.entry[0].resource.id;
      client = smart(patient);
      return found.total;
    },
    "the patient in context": async () => (await client.patient.read()).id === patient,
    create: async () => (one = await client.create(pulse(patient))).meta.versionId,
    read: async () => (await client.request(`Observation/${one.id}`)).valueQuantity.value,
    update: async () => (await client.update({ ...one, status: "amended" })).meta.versionId,
    patch: async () => {
      const steps = [{ op: "replace", path: "/status", value: "corrected" }];
      return (await client.patch(`Observation/${one.id}`, steps)).status;
    },
    history: async () => (await client.request(`Observation/${one.id}/_history`)).entry.map((each) => each.resource.meta.versionId),
    vread: async () => (await client.request(`Observation/${one.id}/_history/1`)).status,
    batch: async () => {
      const body = bundle("batch", entry("GET", `Patient/${patient}`), entry("GET", "Patient/x"));
      return (await client.request(sent("POST", body))).entry.map((each) => each.response.status.slice(0, 3));
    },
    transaction: async () => {
      const body = bundle("transaction", ...[70, 71].map((value) => entry("POST", "Observation", pulse(patient, value))));
      return (await client.request(sent("POST", body))).entry.map((each) => each.response.status.slice(0, 3));
    },
    "all pages of the patient in context": async () => {
      const found = await client.patient.request("Observation?code=8867-4&_count=2", { pageLimit: 0, flat: true });
      return [found.some((each) => each.id === one.id), found.length >= 3];
    },
    "references resolved": async () => {
      const found = await client.request(`Observation/${one.id}`, { resolveReferences: "subject" });
      return found.subject.resourceType;
    },
    invalid: async () => client.create(pulse(patient, 72, { status: "guessed" })),
    unknown: async () => client.request("Patient/b7765bbf-df40-486a-9f2f-404309643de6"),
    delete: async () => (await client.delete(`Observation/${one.id}`)) && "deleted",
    gone: async () => client.request(`Observation/${one.id}`),
  },
  (error) => [error.status ?? error.statusCode, /"code": "([a-z-]+)"/.exec(String(error))?.[1] ?? String(error)],
);
