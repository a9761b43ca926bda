"use strict";
(function () {
  var form = document.getElementById("filter");
  var shown = document.getElementById("shown");
  var rows = Array.prototype.slice.call(document.querySelectorAll("#activations tbody tr"));
  if (form) {
    var apply = function () {
      var words = form.elements.words.value.toLowerCase().split(/\s+/);
      var kind = form.elements.kind.value;
      var n = 0;
      rows.forEach(function (row) {
        var text = row.textContent.toLowerCase();
        var fits = words.every(function (w) { return text.indexOf(w) >= 0; }) && (kind === "" || (" " + row.dataset.kind + " ").indexOf(" " + kind + " ") >= 0);
        row.hidden = !fits;
        var part = document.getElementById(row.dataset.part);
        if (part) { part.hidden = !fits; }
        if (fits) { n++; }
      });
      shown.textContent = n + " of " + rows.length + " shown";
    };
    form.hidden = false;
    form.addEventListener("input", apply);
    form.addEventListener("submit", function (event) { event.preventDefault(); });
    apply();
  }
  var unfold = function () {
    var part = document.getElementById(location.hash.slice(1));
    if (part && part.tagName === "DETAILS") {
      part.open = true;
      part.scrollIntoView();
      part.querySelector("summary").focus();
    }
  };
  window.addEventListener("hashchange", unfold);
  unfold();
})();
