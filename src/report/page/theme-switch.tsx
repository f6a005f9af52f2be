/** Light, dark, or as the system has it. Nothing is stored: a file has no memory of its own. */
import { useState } from 'preact/hooks';

const THEMES = ['auto', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];

export function ThemeSwitch() {
  const [theme, setTheme] = useState<Theme>('auto');
  const choose = (next: Theme): void => {
    setTheme(next);
    if (next === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
  };
  return (
    <fieldset class="themes">
      <legend class="unseen">Colours</legend>
      {THEMES.map((one) => (
        <button key={one} type="button" aria-pressed={theme === one} onClick={() => choose(one)}>
          {one}
        </button>
      ))}
    </fieldset>
  );
}
