# What is sent: mail and SMS.

mail-subject = Connexion à { $company }
mail-header = Continuez votre connexion
mail-body = Vous, ou quelqu’un qui a saisi votre adresse, avez demandé à { $company } un lien de connexion. Il est valable { $minutes ->
    [one] une minute
   *[other] { $minutes } minutes
  } et une seule fois.
mail-link = Continuer
mail-info-code = Ou saisissez ce code sur la page où vous avez demandé cet e-mail : { $code }. Ne le donnez à personne. Quiconque vous le demande au téléphone ou par message est un escroc.
mail-info = Ne transférez pas ce lien. Quiconque vous le demande est un escroc.
mail-footer = Vous n’avez rien demandé ? Alors ne faites rien : sans cet e-mail, personne n’entre.

passkey-mail-subject = Une clé d’accès a été ajoutée à votre compte { $company }
passkey-mail-header = Une clé d’accès a été ajoutée
passkey-mail-body = Le { $time }, une clé d’accès a été ajoutée à votre compte { $company }. Toute personne qui peut déverrouiller l’appareil sur lequel elle a été créée, ou un autre appareil avec le même gestionnaire de mots de passe, peut se connecter avec cette clé.
passkey-mail-yours = C’était vous ? Alors vous n’avez rien à faire.
passkey-mail-not-yours = Ce n’était pas vous ? Si quelqu’un est au téléphone, raccrochez. Puis appelez tout de suite : { $number }. Demandez la suppression de la clé d’accès.
passkey-mail-footer = Cet e-mail ne contient volontairement aucun lien. Ne vous connectez pas par un lien dans un e-mail qui dit la même chose.

sms-request = { $company }: à n'ouvrir que pendant notre échange:
