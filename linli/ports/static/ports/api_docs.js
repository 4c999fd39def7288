// Draws the API's own description; a session of this site sends its CSRF token along.
(function () {
  "use strict";
  const place = document.getElementById("swagger-ui");
  const cookie = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie);
  window.ui = SwaggerUIBundle({
    url: place.dataset.description,
    domNode: place,
    deepLinking: true,
    validatorUrl: null,
    presets: [SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
    requestInterceptor(request) {
      if (cookie && !/^(GET|HEAD)$/i.test(request.method || "GET")) request.headers["X-CSRFToken"] = cookie[1];
      return request;
    },
  });
})();
