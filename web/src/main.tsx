import "./theme/first.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import { fetchLostStylesAgain } from "./theme/relink";
import { applyTheme, keptTheme } from "./theme/theme";
import { WordsProvider } from "./words/words";

applyTheme(keptTheme());
// Another tab may change it.
window.addEventListener("storage", () => applyTheme(keptTheme()));
fetchLostStylesAgain();

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <WordsProvider>
      <App />
    </WordsProvider>
  </StrictMode>,
);
