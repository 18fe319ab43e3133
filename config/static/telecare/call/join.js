// The page behind an invitation's link. The token stands behind the # and is never sent in an address: it is read here, taken
// out of the address bar, and sent in the body of a form.
const form = document.querySelector("[data-token-form]");
const token = location.hash.slice(1);

if (form && token) {
  history.replaceState(null, "", location.pathname);
  form.elements.token.value = token;
  form.hidden = true;
  document.querySelector("[data-opening]").hidden = false;
  form.requestSubmit();
}
