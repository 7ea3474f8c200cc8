import type { Feature, Geometry, MultiLineString } from 'geojson'
import { feature, mesh } from 'topojson-client'
import type { GeometryCollection, Topology } from 'topojson-specification'

/** The world's land and the borders on it, in degrees (Natural Earth 1:50m, public domain). */
export interface World {
  readonly land: Feature<Geometry>
  readonly borders: MultiLineString
}

type Atlas = Topology<{ countries: GeometryCollection; land: GeometryCollection }>

/** Loads the world; a file of its own, so that the page does not wait for it. */
export async function loadWorld(): Promise<World> {
  const file = await import('world-atlas/countries-50m.json', { with: { type: 'json' } })
  const atlas = file.default as unknown as Atlas
  const collection = feature(atlas, atlas.objects.land)
  const land = {
    type: 'GeometryCollection' as const,
    geometries: collection.features.map((one) => one.geometry),
  }
  return {
    land: { type: 'Feature', properties: {}, geometry: land },
    borders: mesh(atlas, atlas.objects.countries, (a, b) => a !== b),
  }
}
