"use strict";
// Draws the document that the page names. A token stands in the page on the local stage only.
const { document: address, token } = document.body.dataset;
const viewer = SwaggerUIBundle({
  dom_id: "#docs",
  url: address,
  deepLinking: true,
  docExpansion: "list",
  filter: true,
  tagsSorter: "alpha",
  // Its badge would be asked of another host.
  validatorUrl: null,
  onComplete() {
    if (token) viewer.preauthorizeApiKey("bearer", token);
  },
});
