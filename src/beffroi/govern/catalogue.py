"""The labels of the whole catalogue of situations: French, English."""

from __future__ import annotations

from beffroi.vocabulary.rules import Situation

LABELS: dict[Situation, tuple[str, str]] = {
    Situation.OBJECT_LEFT: ("Objet abandonné", "Object left behind"),
    Situation.WEAPON_SEEN: ("Présence d'une arme", "Weapon seen"),
    Situation.WRONG_WAY: ("Sens de circulation non respecté", "Wrong way"),
    Situation.ZONE_ENTERED: ("Zone interdite ou sensible", "Zone entered"),
    Situation.LINE_CROSSED: ("Franchissement de ligne", "Line crossed"),
    Situation.PERSON_DOWN: ("Personne au sol", "Person down"),
    Situation.CROWD_SURGE: ("Mouvement de foule", "Crowd surge"),
    Situation.CROWD_DENSE: ("Densité excessive", "Crowd too dense"),
    Situation.FIRE_SMOKE: ("Départ de feu", "Fire or smoke"),
    Situation.FIGHT: ("Rixe", "Fight"),
    Situation.GROUP_FORMED: ("Attroupement", "Group formed"),
    Situation.WASTE_DUMPED: ("Dépôt sauvage", "Waste dumped"),
    Situation.VEHICLE_STOPPED: ("Arrêt ou stationnement gênant", "Vehicle stopped"),
    Situation.WATER_HIGH: ("Montée des eaux", "Water rising"),
    Situation.WATER_POLLUTED: ("Pollution de cours d'eau", "Water polluted"),
    Situation.SENSOR_THRESHOLD: ("Seuil de capteur", "Sensor over its threshold"),
    Situation.CAMERA_IMPAIRED: ("Caméra défaillante", "Camera impaired"),
}
