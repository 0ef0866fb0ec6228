"""Given names and family names, with the accents, hyphens and apostrophes that real rosters have."""

from typing import Final

FRENCH: Final = "fr"
ENGLISH: Final = "en"

WOMEN: Final = {
    FRENCH: (
        "Anaïs", "Béatrice", "Camille", "Chloé", "Delphine", "Élodie", "Florence", "Gaëlle", "Geneviève", "Hélène",
        "Inès", "Josée", "Léa", "Maëlle", "Marie-Ève", "Mélodie", "Noémie", "Océane", "Rosalie", "Solène",
        "Thérèse", "Valérie", "Véronique", "Zoé",
    ),
    ENGLISH: (
        "Abigail", "Bridget", "Charlotte", "Dana", "Erin", "Fiona", "Grace", "Hazel", "Imogen", "Jocelyn",
        "Kathleen", "Leah", "Maeve", "Nora", "Olivia", "Priya", "Quinn", "Ruth", "Siobhán", "Tessa",
        "Uma", "Violet", "Wendy", "Zoë",
    ),
}  # fmt: skip

MEN: Final = {
    FRENCH: (
        "Aurélien", "Benoît", "Cédric", "Denis", "Édouard", "Étienne", "François", "Gaétan", "Grégoire", "Hugo",
        "Jean-Sébastien", "Jérôme", "Julien", "Loïc", "Mathéo", "Maxime", "Noël", "Olivier", "Raphaël", "Rémi",
        "Sébastien", "Stéphane", "Tristan", "Zacharie",
    ),
    ENGLISH: (
        "Aidan", "Brian", "Calum", "Desmond", "Ethan", "Finlay", "Gordon", "Harjit", "Ian", "Jasper",
        "Kwame", "Liam", "Marcus", "Nathan", "Owen", "Peter", "Rohan", "Seán", "Theo", "Umar",
        "Victor", "Wesley", "Xavier", "Zachary",
    ),
}  # fmt: skip

FAMILIES: Final = {
    FRENCH: (
        "Archambault", "Beaulieu", "Bélanger", "Bérubé", "Charlebois", "Côté", "D’Amours", "Desrosiers", "Dubé",
        "Éthier", "Fréchette", "Gélinas", "Guérin", "Hébert", "Lachance", "L’Écuyer", "Létourneau", "Lévesque",
        "L’Heureux", "Ménard", "Nadeau", "Ouellet", "Paré", "Quévillon", "Rhéaume", "Saint-Onge", "Séguin",
        "Thériault", "Trépanier", "Vézina",
    ),
    ENGLISH: (
        "Abernathy", "Birchwood", "Cartwright", "Dhillon", "Ellingham", "Fairweather", "Galbraith", "Hawthorne",
        "Iyer", "Jameson", "Kovačević", "Lindqvist", "MacKenzie", "Müller", "Nguyen", "O’Neill", "Okafor",
        "Pemberton", "Quigley", "Ramanathan", "Sinclair", "St. Clair", "Thornbury", "Underhill", "van Dyke",
        "Whitlock", "Yamamoto", "Zieliński",
    ),
}  # fmt: skip
