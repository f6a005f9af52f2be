/** What every page has: a way past the navigation, a title, the sections and their links. */
import type { ComponentChildren } from 'preact';
import { MarkedLine } from './marked-line.tsx';
import { ThemeSwitch } from './theme-switch.tsx';

export interface Section {
  readonly id: string;
  readonly title: string;
  /** In short, beside the title. */
  readonly remark?: string;
  readonly content: ComponentChildren;
}

interface FrameProps {
  readonly title: ComponentChildren;
  readonly subtitle: ComponentChildren;
  readonly alarms: readonly (readonly string[])[];
  readonly sections: readonly Section[];
  readonly footer: ComponentChildren;
}

function Alarms({ alarms }: Pick<FrameProps, 'alarms'>) {
  if (alarms.length === 0) return null;
  return (
    <section class="alarms" aria-label="To be known first">
      {alarms.map((lines) => (
        <div key={lines[0]} class="alarm">
          {lines.map((text) => (
            <MarkedLine key={text} text={text} />
          ))}
        </div>
      ))}
    </section>
  );
}

export function Frame({ title, subtitle, alarms, sections, footer }: FrameProps) {
  return (
    <>
      <a class="skip-link" href="#content">
        Skip to the content
      </a>
      <header class="top">
        <div class="top-row">
          <div class="titles">
            <h1>{title}</h1>
            <p class="subtitle">{subtitle}</p>
          </div>
          <ThemeSwitch />
        </div>
        <nav aria-label="Sections">
          {sections.map((section) => (
            <a key={section.id} href={`#${section.id}`}>
              {section.title}
            </a>
          ))}
        </nav>
      </header>
      <main id="content" tabIndex={-1}>
        <Alarms alarms={alarms} />
        {sections.map((section) => (
          <section key={section.id} id={section.id} aria-labelledby={`${section.id}-title`}>
            <h2 id={`${section.id}-title`}>
              {section.title}
              {section.remark !== undefined && <span class="remark">{section.remark}</span>}
            </h2>
            {section.content}
          </section>
        ))}
      </main>
      <footer class="bottom">{footer}</footer>
    </>
  );
}
