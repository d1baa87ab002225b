// Package e2e drives the page of package webui in a real browser. It is a module of its
// own, so that importers of the library do not depend on the browser's driver.
//
// It needs Chromium (Debian: chromium-headless-shell, and fonts-droid-fallback,
// fonts-wqy-microhei and fonts-unifont for titles in all scripts). SESSIONDEX_BROWSER
// names another executable; SESSIONDEX_SHOTS a directory for screenshots. The command
// npm fetches axe-core, which checks accessibility.
package e2e
