// The person does not want this call. When it is opened again after a yes, this page becomes the one of the call.
import { followMedium } from "./medium.js";

const root = document.querySelector("[data-visit]");

followMedium(root.dataset.visit, root);
