/** What all three clients say and how they tell what they saw. */

export const { url, token } = JSON.parse(process.argv[2]);

export function pulse(patient, value = 72, more = {}) {
  const vital = { system: "http://terminology.hl7.org/CodeSystem/observation-category", code: "vital-signs" };
  return {
    resourceType: "Observation",
    status: "final",
    category: [{ coding: [vital] }],
    code: { coding: [{ system: "http://loinc.org", code: "8867-4" }] },
    subject: { reference: `Patient/${patient}` },
    effectiveDateTime: "2026-11-21T08:10:00+01:00",
    valueQuantity: { value, unit: "/min", system: "http://unitsofmeasure.org", code: "/min" },
    ...more,
  };
}

export const marked = (name) => ({ identifier: [{ system: `urn:example:${name}`, value: "1" }] });

export const bundle = (type, ...entry) => ({ resourceType: "Bundle", type, entry });

export const entry = (method, url, resource) => ({ request: { method, url }, ...(resource && { resource }) });

/** Carry out named steps one after the other; print what each saw, or the status and outcome of its refusal. */
export async function tell(steps, failure) {
  const seen = {};
  for (const [name, step] of Object.entries(steps)) {
    try {
      seen[name] = await step();
    } catch (error) {
      seen[name] = { refused: failure(error) };
    }
  }
  console.log(JSON.stringify(seen));
}
