import type { FlowVersion, FlowVersions } from '../../src/ports/flow-versions';

const entry = (version: string, at: number, more: Partial<FlowVersion> = {}): FlowVersion => ({
  flow: 'card',
  version,
  file: 'card.yaml',
  at,
  how: 'used',
  text: `flow: card # ${version}\n`,
  ...more,
});

/** What every store of flow versions must do. */
export function flowVersionsContract(open: () => FlowVersions): void {
  it('has each version of a flow, the newest first, one that was used again twice', () => {
    const versions = open();
    const added = [entry('aa', 1), entry('bb', 2), entry('aa', 3)];
    for (const each of added) versions.add(each);
    versions.add(entry('cc', 4, { flow: 'other', file: 'other.yaml' }));
    expect(versions.of('card')).toEqual(added.reverse());
    expect(versions.of('none')).toEqual([]);
  });

  it('finds a version by its hash', () => {
    const versions = open();
    versions.add(entry('aa', 1));
    expect(versions.find('aa')).toEqual(entry('aa', 1));
    expect(versions.find('a')).toBeNull();
  });

  it('knows what was last used of a file, which is not what a rollback replaced', () => {
    const versions = open();
    versions.add(entry('aa', 1));
    versions.add(entry('bb', 2, { how: 'replaced' }));
    expect(versions.lastUsed('card.yaml')).toEqual(entry('aa', 1));
    expect(versions.lastUsed('other.yaml')).toBeNull();
  });
}
